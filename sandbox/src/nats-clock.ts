import { Kvm } from "@nats-io/kv";
import { connect, type NatsConnection } from "nats";
import type { Clock } from "./clock.ts";

const bucketName = "shopmesh_clock";
const offsetKey = "offset_ms";
const retryMs = 1000;

/** Keeps the clock at the offset that the mesh holds in NATS, through lost connections. Does not wait for NATS. */
export function followNatsClock(clock: Clock, natsUrl: string): { readonly stop: () => Promise<void> } {
  const stopped = new AbortController();
  let connection: NatsConnection | undefined;

  async function follow(): Promise<void> {
    connection = await connect({
      servers: natsUrl.split(","),
      name: "sandbox",
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
    });
    const bucket = await new Kvm(connection).create(bucketName);
    for await (const entry of await bucket.watch({ key: offsetKey })) {
      clock.setOffsetMs(entry.operation === "PUT" ? toOffsetMs(entry.string()) : 0);
    }
  }

  async function followUntilStopped(): Promise<void> {
    while (!stopped.signal.aborted) {
      // JetStream may still be starting: "not enabled" and time-outs pass, and a closed watch is opened again.
      await follow().catch((error: unknown) => {
        if (!stopped.signal.aborted) console.error(`sandbox: the clock in NATS cannot be followed: ${String(error)}`);
      });
      await connection?.close();
      if (!stopped.signal.aborted) await pause(retryMs, stopped.signal);
    }
  }

  const following = followUntilStopped();
  return {
    async stop() {
      stopped.abort();
      await connection?.close();
      // Before the first connection `connect` cannot be cancelled; the process may end without it.
      if (connection) await following;
    },
  };
}

function toOffsetMs(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new Error(`${bucketName}/${offsetKey} is not a decimal: ${text}`);
  return Number(text);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
