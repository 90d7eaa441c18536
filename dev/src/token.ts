import { stateFolder } from "./paths.ts";
import { callerToken, loadSecrets } from "./secrets.ts";
import { seedAccounts, type SignIn } from "./seeding.ts";
import { runningLauncher, stateFile } from "./state.ts";

/** The call that signs in: what it is named, takes and gives, in this one place. */
const signInCall = {
  path: "/shop.auth.v1.AuthService/SignIn",
  request: ({ email, password }: SignIn) => ({ email, password }),
  token: (response: Readonly<Record<string, unknown>>) => response["sessionToken"],
} as const;

/** `npm run token -- customer|seller|support|admin|mesh:<service>`: prints a token and nothing else. */
export async function main([who]: readonly string[]): Promise<number> {
  const accounts = await seedAccounts();
  const service = who?.startsWith("mesh:") ? who.slice("mesh:".length) : undefined;
  const account = accounts.find(
    ({ roles, email }) => email === who || email.split("@")[0] === who || roles.join() === who,
  );
  if (!service && !account) {
    process.stderr.write(
      `npm run token -- <${accounts.map(({ email }) => email.split("@")[0]).join(" | ")} | mesh:<service>>\n`,
    );
    return 2;
  }
  const token = service
    ? callerToken(process.env["MESH_KEY"] || loadSecrets(stateFolder).meshKey, service)
    : account && (await signIn(gatewayUrl(), account));
  process.stdout.write(`${token}\n`);
  return 0;
}

/** A session token of that account, from the gateway. */
export async function signIn(gateway: string, account: SignIn): Promise<string> {
  const response = await fetch(`${gateway}${signInCall.path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(signInCall.request(account)),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  const token = signInCall.token(answer);
  if (!response.ok || typeof token !== "string")
    throw new Error(`${account.email} cannot sign in: ${response.status} ${JSON.stringify(answer)}`);
  return token;
}

function gatewayUrl(): string {
  const state = stateFile(stateFolder).read();
  const url = process.env["GATEWAY_URL"] || (runningLauncher(state) ? state?.gatewayUrl : undefined);
  if (!url) throw new Error("no mesh runs here: npm start first, or set GATEWAY_URL");
  return url;
}
