import { fromBinary } from "@bufbuild/protobuf";
import * as events from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import type { Cache, Sql } from "@shopmesh/mesh";

/** A cache that keeps what it is given, whatever the time. */
export function createMemory(): Pick<Cache, "through"> {
  const kept = new Map<string, Uint8Array>();
  return {
    async through(key, _lifetime, codec, load) {
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

/** Whether a carrier's report is of a scan with that code. */
export function tellsScan(body: string, code: string): boolean {
  return new RegExp(`"(eventType|code)":"${code}"`).test(body);
}
