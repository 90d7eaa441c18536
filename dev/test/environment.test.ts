import test from "ava";
import { processEnvironment, sandboxEnvironment, serviceDatabaseUrl, type Surroundings } from "../src/environment.ts";
import { callerToken, databasePassword, type Secrets } from "../src/secrets.ts";

const secrets: Secrets = {
  meshKey: "11".repeat(32),
  secretKey: "22".repeat(32),
  databaseKey: "33".repeat(32),
  stripeSecretKey: "sk_test_1",
  stripeWebhookSecret: "whsec_1",
  paypalClientId: "paypal_1",
  paypalClientSecret: "paypal_secret_1",
  paypalWebhookId: "WEBHOOK1",
  fedexClientId: "id",
  twilioAuthToken: "twilio",
  mailWebhookSecret: "mail",
  fedexClientSecret: "secret",
  fedexWebhookSecret: "hook",
  upsClientId: "ups-id",
  upsClientSecret: "ups-secret",
};

function around(inherited: Surroundings["inherited"] = {}): Surroundings {
  return {
    folder: "/tmp/x",
    addresses: {
      gateways: [8080, 8081],
      services: { order: [9006, 9206], logging: [9012] },
      operations: { commerce: 9101, "commerce.2": 9102, insight: 9103 },
      otlp: [4318],
      sandbox: 9090,
      smtp: 9025,
    },
    secrets,
    databaseUrl: "mysql://shop_admin:root@127.0.0.1:13306/",
    natsUrl: "nats://127.0.0.1:14222",
    redisUrl: "redis://127.0.0.1:16379",
    poolSize: 7,
    certificates: undefined,
    inherited,
  };
}

const commerce = { name: "commerce", group: "commerce", instance: 1, services: ["order"], heapMegabytes: 256 };
const insight = { name: "insight", group: "insight", instance: 1, services: ["logging"], heapMegabytes: 256 };

test("a process is given the database of its own services only, never the administrator's", (t) => {
  const environment = processEnvironment(commerce, around({ DATABASE_URL: "mysql://root@127.0.0.1/" }));
  t.is(
    environment["ORDER_DATABASE_URL"],
    `mysql://shop_order:${databasePassword(secrets, "shop_order")}@127.0.0.1:13306/shop_order`,
  );
  t.is(environment["LOGGING_DATABASE_URL"], undefined);
  t.is(environment["DATABASE_URL"], undefined);
});

test("a process is told where every service answers", (t) => {
  const environment = processEnvironment(commerce, around());
  t.like(environment, {
    ORDER_ADDRESS: "127.0.0.1:9006,127.0.0.1:9206",
    LOGGING_ADDRESS: "127.0.0.1:9012",
    GATEWAY_ADDRESS: "127.0.0.1:8080",
    OPS_PORT: "9101",
  });
});

test("only the process of logging receives telemetry, only the gateway's has the public port", (t) => {
  t.is(processEnvironment(insight, around())["OTLP_PORT"], "4318");
  t.is(processEnvironment(commerce, around())["OTLP_PORT"], undefined);
  t.is(processEnvironment(commerce, around({ PORT: "1" }))["PORT"], undefined);
  t.is(processEnvironment({ ...commerce, services: ["gateway"] }, around())["PORT"], "8080");
});

test("what is configured by hand wins over the sandbox", (t) => {
  const environment = processEnvironment(
    commerce,
    around({ STRIPE_URL: "https://api.stripe.com", LOG_LEVEL: "debug" }),
  );
  t.like(environment, {
    STRIPE_URL: "https://api.stripe.com",
    LOG_LEVEL: "debug",
    FEDEX_URL: "http://127.0.0.1:9090",
  });
});

test("the sandbox and the services share their secrets", (t) => {
  const sandbox = sandboxEnvironment(around());
  const services = processEnvironment(commerce, around());
  for (const name of [
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_CLIENT_ID",
    "PAYPAL_CLIENT_SECRET",
    "PAYPAL_WEBHOOK_ID",
    "FEDEX_CLIENT_SECRET",
    "FEDEX_WEBHOOK_SECRET",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_WEBHOOK_URL",
    "MAIL_WEBHOOK_SECRET",
    "UPS_CLIENT_ID",
    "UPS_CLIENT_SECRET",
    "NATS_URL",
  ]) {
    t.is(sandbox[name], services[name]);
    t.truthy(sandbox[name]);
  }
});

test("a service's name with a hyphen makes a schema and variables without one", (t) => {
  t.regex(
    serviceDatabaseUrl("mysql://a:b@127.0.0.1:1/", "gift-card", secrets),
    /^mysql:\/\/shop_gift_card:.*\/shop_gift_card$/,
  );
});

test("a caller's token names the service and depends on it and on the key", (t) => {
  const token = callerToken(secrets.meshKey, "order");
  t.regex(token, /^order\.[\w-]{43}$/);
  t.not(token.split(".")[1], callerToken(secrets.meshKey, "cart").split(".")[1]);
  t.not(token, callerToken(secrets.secretKey, "order"));
});

test("each instance is told its name and where it alone listens", (t) => {
  const second = { ...commerce, name: "commerce.2", instance: 2 };
  const told = (plan: typeof commerce) => {
    const { INSTANCE, ORDER_LISTEN, ORDER_ADDRESS, OPS_PORT, DATABASE_POOL_SIZE } = processEnvironment(plan, around());
    return [INSTANCE, ORDER_LISTEN, ORDER_ADDRESS, OPS_PORT, DATABASE_POOL_SIZE];
  };
  const reached = "127.0.0.1:9006,127.0.0.1:9206";
  t.deepEqual(told(commerce), ["1", "127.0.0.1:9006", reached, "9101", "7"]);
  t.deepEqual(told(second), ["2", "127.0.0.1:9206", reached, "9102", "7"]);
  const gateway = { ...second, name: "gateway.2", services: ["gateway"] };
  t.is(processEnvironment(gateway, around({}))["PORT"], "8081");
});

test("with certificates each process is told its own, its replicas the same", (t) => {
  const secured = { ...around(), certificates: "/tmp/x/certificates" };
  const second = { ...commerce, name: "commerce.2", instance: 2 };
  for (const plan of [commerce, second])
    t.like(processEnvironment(plan, secured), {
      TLS_CERTIFICATE_FILE: "/tmp/x/certificates/commerce.pem",
      TLS_KEY_FILE: "/tmp/x/certificates/commerce-key.pem",
      TLS_CA_FILE: "/tmp/x/certificates/ca.pem",
    });
  t.is(processEnvironment(commerce, around())["TLS_CERTIFICATE_FILE"], undefined);
});
