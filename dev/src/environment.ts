import { join } from "node:path";
import { stateFolder } from "./paths.ts";
import { databasePassword, type Secrets } from "./secrets.ts";
import { tlsVariables, toolHolder } from "./tls.ts";
import type { ProcessPlan } from "./topology.ts";

/** Where each part of one mesh answers. */
export type Addresses = {
  /** The gateway's ports, by instance: who calls from outside chooses. */
  readonly gateways: readonly [number, ...number[]];
  /** gRPC ports by service, of each of its instances. */
  readonly services: Readonly<Record<string, readonly number[]>>;
  /** Ports of health and metrics by process. */
  readonly operations: Readonly<Record<string, number>>;
  /** Where the instances of logging receive telemetry. */
  readonly otlp: readonly number[];
  readonly sandbox: number;
  readonly smtp: number;
};

export type Surroundings = {
  readonly folder: string;
  readonly addresses: Addresses;
  readonly secrets: Secrets;
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly redisUrl: string;
  /** Connections that each service of each process may hold. */
  readonly poolSize: number;
  /** Where certificates are, for a mesh with TLS between its processes. */
  readonly certificates: string | undefined;
  /** The launcher's own environment: what is set there by hand wins where that makes sense. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
};

/** Schema and user of a service are named alike. */
export function schemaOf(service: string): string {
  return `shop_${service.replaceAll("-", "_")}`;
}

/** The variable that says something of a service: ORDER_ADDRESS, GIFT_CARD_DATABASE_URL. */
export function variableOf(service: string, what: "ADDRESS" | "DATABASE_URL" | "LISTEN"): string {
  return `${service.replaceAll("-", "_").toUpperCase()}_${what}`;
}

/** The URL by which a service reaches its own schema, with its own user. */
export function serviceDatabaseUrl(adminUrl: string, service: string, secrets: Secrets): string {
  const url = new URL(adminUrl);
  url.username = schemaOf(service);
  url.password = databasePassword(secrets, schemaOf(service));
  url.pathname = `/${schemaOf(service)}`;
  return url.href;
}

/** Where the instances of a service are reached: "127.0.0.1:9006,127.0.0.1:9206". */
export function addressOf(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(",");
}

/** Where services and gateway are found, as variables: for service processes, the seed, the story, tests. */
export function addressVariables({ gateways, services }: Addresses): Record<string, string> {
  const own = Object.entries(services).map(([service, ports]) => [variableOf(service, "ADDRESS"), addressOf(ports)]);
  const [gateway] = gateways;
  return {
    ...Object.fromEntries(own),
    GATEWAY_ADDRESS: `127.0.0.1:${gateway}`,
    GATEWAY_URL: `http://127.0.0.1:${gateway}`,
  };
}

/** The environment of a service process: the interface between the launcher and process/main.ts. */
export function processEnvironment(plan: ProcessPlan, around: Surroundings): Record<string, string | undefined> {
  const { addresses, databaseUrl, secrets } = around;
  const services = plan.services.filter((service) => service !== "gateway");
  const databases = services.map((service) => [
    variableOf(service, "DATABASE_URL"),
    serviceDatabaseUrl(databaseUrl, service, secrets),
  ]);
  const listening = services.map((service) => [
    variableOf(service, "LISTEN"),
    `127.0.0.1:${instanceOf(addresses.services[service], plan)}`,
  ]);
  return {
    ...sharedEnvironment(around),
    ...Object.fromEntries([...databases, ...listening]),
    ...tlsOf(around, plan.group),
    INSTANCE: String(plan.instance),
    OPS_PORT: String(addresses.operations[plan.name]),
    ...(plan.services.includes("gateway") ? { PORT: instanceOf(addresses.gateways, plan) } : {}),
    ...(plan.services.includes("logging") ? { OTLP_PORT: instanceOf(addresses.otlp, plan) } : {}),
  };
}

function tlsOf({ certificates }: Surroundings, holder: string): Record<string, string> {
  return certificates === undefined ? {} : tlsVariables(certificates, holder);
}

function instanceOf(ports: readonly number[] | undefined, { name, instance }: ProcessPlan): string {
  const port = ports?.[instance - 1];
  if (port === undefined) throw new Error(`${name} has no port`);
  return String(port);
}

/** The environment of the sandbox process. */
export function sandboxEnvironment(around: Surroundings): Record<string, string | undefined> {
  return {
    ...sharedEnvironment(around),
    SANDBOX_PORT: String(around.addresses.sandbox),
    SMTP_PORT: String(around.addresses.smtp),
    SANDBOX_DATA: join(around.folder, "sandbox"),
  };
}

/** What every part is told, and what a seed, a story or a test needs to reach the mesh. */
export function sharedEnvironment(around: Surroundings): Record<string, string | undefined> {
  const { addresses, secrets, inherited, folder } = around;
  const sandboxUrl = `http://127.0.0.1:${addresses.sandbox}`;
  // Only a service's own process may know its database, and nobody the administrator's.
  const { DATABASE_URL: _admin, NODE_OPTIONS: _options, PORT: _port, ...environment } = inherited;
  const chosen = (name: string, fallback: string): Record<string, string> => ({
    [name]: inherited[name] || fallback,
  });
  return {
    ...environment,
    ...addressVariables(addresses),
    ...tlsOf(around, toolHolder.name),
    ...chosen("REGION", "eu"),
    ...chosen("LOG_LEVEL", "info"),
    // One machine is many customers here.
    ...chosen("RATE_LIMIT_FACTOR", "1000"),
    ...chosen("NODE_ENV", "development"),
    ...chosen("PUBLIC_URL", `http://localhost:${addresses.gateways[0]}`),
    ...chosen("STRIPE_URL", sandboxUrl),
    ...chosen("STRIPE_SECRET_KEY", secrets.stripeSecretKey),
    ...chosen("STRIPE_WEBHOOK_SECRET", secrets.stripeWebhookSecret),
    ...chosen("PAYPAL_URL", sandboxUrl),
    ...chosen("PAYPAL_CERTIFICATE_URL", sandboxUrl),
    ...chosen("PAYPAL_CLIENT_ID", secrets.paypalClientId),
    ...chosen("PAYPAL_CLIENT_SECRET", secrets.paypalClientSecret),
    ...chosen("PAYPAL_WEBHOOK_ID", secrets.paypalWebhookId),
    ...chosen("FEDEX_URL", sandboxUrl),
    ...chosen("FEDEX_CLIENT_ID", secrets.fedexClientId),
    ...chosen("FEDEX_CLIENT_SECRET", secrets.fedexClientSecret),
    ...chosen("FEDEX_WEBHOOK_SECRET", secrets.fedexWebhookSecret),
    ...chosen("TWILIO_URL", sandboxUrl),
    ...chosen("TWILIO_ACCOUNT_SID", "ACshopmeshsandbox"),
    ...chosen("TWILIO_AUTH_TOKEN", secrets.twilioAuthToken),
    ...chosen("TWILIO_FROM", "+15005550006"),
    ...chosen(
      "TWILIO_WEBHOOK_URL",
      `${inherited["PUBLIC_URL"] || `http://localhost:${addresses.gateways[0]}`}/webhooks/twilio`,
    ),
    ...chosen("MAIL_WEBHOOK_SECRET", secrets.mailWebhookSecret),
    ...chosen("UPS_URL", sandboxUrl),
    ...chosen("UPS_CLIENT_ID", secrets.upsClientId),
    ...chosen("UPS_CLIENT_SECRET", secrets.upsClientSecret),
    ...chosen("SMTP_URL", `smtp://127.0.0.1:${addresses.smtp}`),
    ...chosen("MESH_KEY", secrets.meshKey),
    ...chosen("SECRET_KEY", secrets.secretKey),
    // Each instance of logging keeps what it hears in its own memory: all hear everything.
    ...chosen("OTLP_URL", addresses.otlp.map((port) => `http://127.0.0.1:${port}`).join(",")),
    ...chosen("DATABASE_POOL_SIZE", String(around.poolSize)),
    ...chosen("STORAGE_URL", `file:${join(folder, "storage")}`),
    SANDBOX_URL: sandboxUrl,
    NATS_URL: around.natsUrl,
    REDIS_URL: around.redisUrl,
    NODE_COMPILE_CACHE: join(stateFolder, "compile-cache"),
  };
}
