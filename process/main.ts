import { flushCompileCache } from "node:module";
import { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { type Host, type Origin, startHost } from "@shopmesh/mesh";
import { registerSchedules, reportingRuns } from "./schedules.ts";
import { loadService } from "./services.ts";

/** One process of the mesh: `node process/main.ts order,cart`, told by its environment where everything is. */
const names = (process.argv[2] ?? "").split(",").filter((name) => name !== "");
if (names.length === 0) fail(new Error("which services? node process/main.ts <name>[,<name>…]"));

const host = await start().catch(fail);
// Else it is written at an orderly end only, and whoever was killed would compile everything anew when it is needed most.
flushCompileCache();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop(host));
// A promise that nobody awaited is a bug, and a process that goes on after one is a guess: the supervisor starts it anew.
process.on("unhandledRejection", (error) => fail(error));

async function start(): Promise<Host> {
  const definitions = await Promise.all(names.map(async (name) => reportingRuns(await loadService(name))));
  return startHost({
    definitions,
    fetchSigningKeys: async (client) => {
      const { signingKeys } = await client(AuthService).listSigningKeys({}, origin());
      return signingKeys.map(({ kid, x, crv }) => ({ kty: "OKP", alg: "EdDSA", kid, x, crv }));
    },
    registerSchedules,
  });
}

function origin(): Origin {
  return {
    actorToken: "",
    deadlineMs: Date.now() + 5_000,
    signal: new AbortController().signal,
    requestId: "signing-keys",
    isInTransaction: false,
  };
}

function stop(running: Host): void {
  running.stop().then(
    () => process.exit(0),
    (error: unknown) => fail(error),
  );
}

function fail(error: unknown): never {
  process.stderr.write(
    `${names.join("+") || "process"}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}
