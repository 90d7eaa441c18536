import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { nodeProgram } from "../dev/src/paths.ts";
import type { Cost, Extent } from "./load.ts";

/** A small program of bench/peers that is asked by messages. */
export type Peer = {
  readonly pid: number;
  /** Sends `question` and waits for the answer. */
  ask(question: PeerQuestion): Promise<PeerAnswer>;
  stop(): Promise<void>;
};

/** `listen`: begin to serve. `measure`: do it again and again, and say what it cost this process. */
export type PeerQuestion =
  | { readonly kind: "listen" }
  | { readonly kind: "measure"; readonly extent: Extent; readonly pids: Readonly<Record<string, number>> };
export type PeerAnswer = { readonly port?: number; readonly cost?: Cost; readonly problem?: string };

/** Starts bench/peers/<name>.ts in a process of its own. */
export function startPeer(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Peer {
  const child = fork(join(import.meta.dirname, "peers", `${name}.ts`), args, {
    execPath: nodeProgram,
    execArgv: [],
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} did not start`);
  return { pid, ask: (question) => ask(child, name, question), stop: () => stop(child) };
}

/** In the peer: answers what it is asked, one thing after another. */
export function answerParent(answer: (question: PeerQuestion) => Promise<PeerAnswer>): void {
  process.on("message", (question: PeerQuestion) => {
    answer(question).then(
      (result) => process.send?.(result),
      (error: unknown) =>
        process.send?.({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once("disconnect", () => process.exit());
}

async function ask(child: ChildProcess, name: string, question: PeerQuestion): Promise<PeerAnswer> {
  const ended = new AbortController();
  const answered = once(child, "message", { signal: ended.signal });
  const died = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error(`bench peer ${name} ended`);
  });
  died.catch(() => undefined);
  answered.catch(() => undefined);
  child.send(question);
  try {
    const [answer] = (await Promise.race([answered, died])) as [PeerAnswer];
    if (answer.problem !== undefined) throw new Error(`bench peer ${name}: ${answer.problem}`);
    return answer;
  } finally {
    ended.abort();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
