import { type Json, openShop, Refusal, type Shop } from "../../shop.ts";

/** What came of every call: nobody tried any of them again. */
export type CallCounts = {
  calls: number;
  /** Calls that found a gateway closed, and went to the other one before anything was sent. */
  turnedAway: number;
  /** Which method failed, and how. */
  readonly failures: string[];
};

export function newCallCounts(): CallCounts {
  return { calls: 0, turnedAway: 0, failures: [] };
}

/**
 * The shop behind several gateways, as a load balancer reaches it: each call goes to the next of them, and to another one
 * where the connection is refused. A call that fails otherwise is counted, and thrown.
 */
export function openDoors(urls: readonly string[], counts: CallCounts): Shop {
  const doors = urls.map(openShop);
  let turn = 0;
  const inTurn = (): readonly Shop[] => {
    turn += 1;
    return doors.map((_, index) => doors[(turn + index) % doors.length]).filter((door) => door !== undefined);
  };

  async function callOne(method: string, request: Json, token: string | undefined): Promise<Json> {
    for (const door of inTurn()) {
      try {
        return await door.call(method, request, token);
      } catch (error) {
        if (!isClosed(error)) throw error;
        counts.turnedAway += 1;
      }
    }
    throw new Error("every gateway is closed");
  }

  return {
    async call(method, request, token) {
      counts.calls += 1;
      try {
        return await callOne(method, request, token);
      } catch (error) {
        counts.failures.push(`${method}: ${wordOf(error)}`);
        throw error;
      }
    },
    async *watch(method, request, options) {
      for (const door of inTurn()) {
        try {
          yield* door.watch(method, request, options);
          return;
        } catch (error) {
          if (!isClosed(error)) throw error;
          counts.turnedAway += 1;
        }
      }
      throw new Error("every gateway is closed");
    },
  };
}

/** Whether nothing listened at that address: nothing was sent. */
function isClosed(error: unknown): boolean {
  return error instanceof TypeError && codeOf(error.cause) === "ECONNREFUSED";
}

function wordOf(error: unknown): string {
  if (error instanceof Refusal) return `${error.code} ${error.reason}`;
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${codeOf(error.cause) ?? ""}`.trim();
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
