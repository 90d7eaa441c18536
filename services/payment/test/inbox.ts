import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionContext } from "ava";

/** A message of the provider's as it came. */
export type Received = { readonly body: Uint8Array; readonly headers: Record<string, string> };

/** Keeps the webhooks that the sandbox sends, for a test to hand over. */
export async function startInbox(t: ExecutionContext) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
      received.push({ body: Buffer.concat(chunks), headers: Object.fromEntries(headers) });
      response.writeHead(200).end();
      for (const wake of waiting) wake();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  /** The first of its type; the one that comes after `skip` others. */
  async function first(type: string, skip = 0): Promise<Received> {
    for (;;) {
      const found = received.filter(({ body }) => typeOf(body) === type)[skip];
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        AbortSignal.timeout(8_000).addEventListener("abort", () => reject(new Error(type)));
        waiting.add(resolve);
      });
    }
  }
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received, first };
}

/** What a message tells, in its provider's words. */
function typeOf(body: Uint8Array): string {
  const { type, event_type: event } = JSON.parse(Buffer.from(body).toString()) as Record<string, string>;
  return type ?? event ?? "";
}
