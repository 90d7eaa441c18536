import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import * as events from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import type { Cache, Sql } from "@shopmesh/mesh";
import type { ExecutionContext } from "ava";

export type Received = { readonly body: Uint8Array; readonly headers: Record<string, string> };

/** A cache that keeps what it is given, whatever the time. */
export function createMemory(): Pick<Cache, "through"> {
  const kept = new Map<string, Uint8Array>();
  return {
    async through(key, _ttlMs, codec, load) {
      const known = kept.get(key);
      if (known !== undefined) return codec.decode(known);
      const loaded = await load();
      if (loaded !== undefined) kept.set(key, codec.encode(loaded.value));
      return loaded?.value;
    },
  };
}

const eventSchemas = new Map(
  [
    events.ShipmentPlannedSchema,
    events.ShipmentShippedSchema,
    events.ShipmentTrackedSchema,
    events.ShipmentDeliveredSchema,
    events.ShipmentFailedSchema,
  ].map((schema) => [schema.typeName as string, schema]),
);

/** Everything said so far: name and fields, oldest first. */
export async function readEvents(sql: Sql) {
  const rows = await sql.rows<{ subject: string; payload: Buffer }>(
    "SELECT subject, payload FROM mesh_outbox ORDER BY id",
  );
  return rows.flatMap(({ subject, payload }) => {
    const schema = eventSchemas.get(subject);
    return schema === undefined ? [] : [{ name: schema.name, ...fromBinary(schema, payload) }];
  });
}

/** Keeps the webhooks that the sandbox sends, for a test to hand over. */
export async function startInbox(t: ExecutionContext) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const headers = Object.fromEntries(
        ["fdx-signature", "credential"].flatMap((name) => {
          const value = request.headers[name];
          return typeof value === "string" ? [[name, value]] : [];
        }),
      );
      received.push({ body: Buffer.concat(chunks), headers });
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
  /** The first report of a scan with that code. */
  async function first(code: string): Promise<Received> {
    for (;;) {
      const found = received.find(({ body }) =>
        new RegExp(`"(eventType|code)":"${code}"`).test(Buffer.from(body).toString()),
      );
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        AbortSignal.timeout(8_000).addEventListener("abort", () => reject(new Error(`no scan ${code}`)));
        waiting.add(resolve);
      });
    }
  }
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received, first };
}
