import { publicView } from "./objects.ts";
import type { ObjectStore } from "./store.ts";

/** The body with the ids at these paths (`latest_charge.balance_transaction`, `data.customer`) replaced by their objects. */
export function expand(store: Pick<ObjectStore, "findAny">, body: object, paths: readonly string[]): object {
  let expanded: unknown = body;
  for (const path of paths) expanded = expandPath(store, expanded, path.split("."));
  return typeof expanded === "object" && expanded !== null ? expanded : body;
}

function expandPath(store: Pick<ObjectStore, "findAny">, value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => expandPath(store, item, [name, ...rest]));
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const field = fields[name];
  const found = typeof field === "string" ? store.findAny(field) : undefined;
  return { ...fields, [name]: expandPath(store, found ? publicView(found) : field, rest) };
}
