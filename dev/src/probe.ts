import { connect } from "node:net";

/** Why nothing answers at that port of this machine as expected; undefined when it does. */
export function probe(
  port: number,
  {
    say = "",
    expect,
    withinMs = 1_000,
  }: { readonly say?: string; readonly expect?: RegExp; readonly withinMs?: number } = {},
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(withinMs, () => settle(`port ${port} does not answer`));
    socket.once("error", () => settle(`nothing listens on port ${port} yet`));
    socket.once("connect", () => (expect === undefined ? settle(undefined) : socket.write(say)));
    socket.once("data", (answer) =>
      settle(expect?.test(answer.toString("latin1")) ? undefined : `a stranger answers on port ${port}`),
    );
  });
}

/** What a process says of itself at /readyz. */
export type Readiness = {
  readonly ready: boolean;
  readonly parts: Readonly<
    Record<string, { readonly ready: boolean; readonly reason?: string; readonly degraded?: string }>
  >;
  readonly memoryBytes?: number;
  readonly startMs?: number;
};

/** The answer of a process's /readyz; undefined while there is none. */
export async function readReadiness(port: number): Promise<Readiness | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(2_000),
    });
    return (await response.json()) as Readiness;
  } catch {
    // Not listening yet, gone again, or not a Shopmesh process: no answer in any case.
    return undefined;
  }
}

/** Why a process is not ready, in words; undefined when it is. */
export async function notReady(port: number): Promise<string | undefined> {
  const readiness = await readReadiness(port);
  if (readiness === undefined) return "no answer at /readyz";
  if (readiness.ready) return undefined;
  const waiting = Object.entries(readiness.parts).filter(([, part]) => !part.ready);
  return waiting.map(([name, { reason }]) => (reason ? `${name}: ${reason}` : name)).join("; ") || "not ready";
}
