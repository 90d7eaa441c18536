import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionContext } from "ava";

/** A webhook as it came, its headers by their names in lower case. */
export type Received = { readonly body: Uint8Array; readonly headers: Record<string, string> };

const PATIENCE_MS = 8_000;

/** Keeps the webhooks that the outside world sends, for a test to hand over; `tells` says whether a body is of a type. */
export async function startInbox(t: ExecutionContext, tells: (body: string, type: string) => boolean) {
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

  /** The first of its type; the one that comes after `skip` others. Throws where none comes in time. */
  async function first(type: string, skip = 0): Promise<Received> {
    for (;;) {
      const found = received.filter(({ body }) => tells(Buffer.from(body).toString(), type))[skip];
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        const late = (): void => reject(new Error(`no webhook tells of ${type}`));
        AbortSignal.timeout(PATIENCE_MS).addEventListener("abort", late);
        waiting.add(resolve);
      });
    }
  }

  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received, first };
}
