import { flushCompileCache } from "node:module";
import { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { type Host, type Origin, startHost } from "@shopmesh/mesh";
import { registerSchedules, guardingRuns } from "./schedules.ts";
import { loadService, type Modules } from "./services.ts";

/** Runs services in this process until it is told to stop; whatever goes wrong ends it, with a word why. */
export async function run(names: readonly string[], modules: Modules): Promise<void> {
  const fail = failing(names);
  const host = await start(names, modules).catch(fail);
  // Else it is written at an orderly end only, and whoever was killed would compile everything anew when it is needed most.
  flushCompileCache();
  const stop = (): void => void host.stop().then(() => process.exit(0), fail);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  // A promise that nobody awaited is a bug, and a process that goes on after one is a guess: the supervisor starts it anew.
  process.on("unhandledRejection", fail);
}

async function start(names: readonly string[], modules: Modules): Promise<Host> {
  const definitions = await Promise.all(names.map(async (name) => guardingRuns(await loadService(name, modules))));
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

function failing(names: readonly string[]): (error: unknown) => never {
  return (error) => {
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${names.join("+")}: ${words}\n`);
    process.exit(1);
  };
}
