import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What one clone's mesh keeps to itself. Hexadecimal keys are 32 bytes. */
export type Secrets = {
  readonly meshKey: string;
  readonly secretKey: string;
  readonly databaseKey: string;
  readonly stripeSecretKey: string;
  readonly stripeWebhookSecret: string;
  readonly paypalClientId: string;
  readonly paypalClientSecret: string;
  readonly paypalWebhookId: string;
  readonly fedexClientId: string;
  readonly fedexClientSecret: string;
  readonly fedexWebhookSecret: string;
  readonly twilioAuthToken: string;
  readonly mailWebhookSecret: string;
  readonly upsClientId: string;
  readonly upsClientSecret: string;
};

/** The secrets kept in `folder`, made the first time; readable by their owner only. */
export function loadSecrets(folder: string): Secrets {
  const file = join(folder, "secrets.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Secrets>) : {};
  const made = makeSecrets();
  const secrets = { ...made, ...kept };
  if (Object.keys(made).some((name) => !(name in kept))) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, {
      mode: 0o600,
    });
    renameSync(`${file}.new`, file);
  }
  return secrets;
}

/** The password of a database user, the same at every start. */
export function databasePassword(secrets: Pick<Secrets, "databaseKey">, user: string): string {
  return createHmac("sha256", Buffer.from(secrets.databaseKey, "hex")).update(`database:${user}`).digest("base64url");
}

/** What a service shows on loopback to say which one it is. */
export function callerToken(meshKeyHex: string, service: string): string {
  return `${service}.${createHmac("sha256", Buffer.from(meshKeyHex, "hex")).update(service).digest("base64url")}`;
}

function makeSecrets(): Secrets {
  const key = (bytes = 32): string => randomBytes(bytes).toString("hex");
  return {
    meshKey: key(),
    secretKey: key(),
    databaseKey: key(),
    stripeSecretKey: `sk_test_${key(16)}`,
    stripeWebhookSecret: `whsec_${key(16)}`,
    paypalClientId: `shopmesh_${key(4)}`,
    paypalClientSecret: key(16),
    paypalWebhookId: key(8).toUpperCase(),
    fedexClientId: `shopmesh_${key(4)}`,
    fedexClientSecret: key(16),
    fedexWebhookSecret: key(16),
    twilioAuthToken: key(16),
    mailWebhookSecret: key(16),
    upsClientId: `shopmesh_${key(4)}`,
    upsClientSecret: key(16),
  };
}
