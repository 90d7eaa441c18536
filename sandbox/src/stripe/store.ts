import type { SQLInputValue } from "node:sqlite";
import type { Database } from "../database.ts";
import { noSuch } from "./refusal.ts";
import type { Kind, Kinds, StripeObject } from "./objects.ts";

export type ListQuery = {
  /** Conditions on the object: a JSON path such as `$.payment_intent` and the value it must have. */
  readonly equal: readonly {
    readonly path: string;
    readonly value: string | number;
    readonly isNot?: boolean;
  }[];
  readonly types?: readonly string[];
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly limit: number;
  readonly startingAfter?: string;
  readonly endingBefore?: string;
};

export type Page<Value> = { readonly items: readonly Value[]; readonly hasMore: boolean };

export type ObjectStore = {
  readonly find: <Name extends Kind>(kind: Name, id: string) => Kinds[Name] | undefined;
  /** The object; throws Stripe's `resource_missing` when there is none. */
  readonly get: <Name extends Kind>(kind: Name, id: string, param?: string) => Kinds[Name];
  /** Any kind of object, for `expand`. */
  readonly findAny: (id: string) => StripeObject | undefined;
  readonly save: <Value extends Kinds[Kind]>(object: Value) => Value;
  /** Newest first, as Stripe lists. */
  readonly list: <Name extends Kind>(kind: Name, query: ListQuery) => Page<Kinds[Name]>;
};

type BodyRow = { readonly body: string };

export function createObjectStore(database: Database): ObjectStore {
  function find<Name extends Kind>(kind: Name, id: string): Kinds[Name] | undefined {
    const row = database.first<BodyRow>("SELECT body FROM stripe_objects WHERE id = ? AND kind = ?", id, kind);
    return row && JSON.parse(row.body);
  }

  function get<Name extends Kind>(kind: Name, id: string, param?: string): Kinds[Name] {
    const object = find(kind, id);
    if (!object) throw noSuch(kind, id, param);
    return object;
  }

  function list<Name extends Kind>(kind: Name, query: ListQuery): Page<Kinds[Name]> {
    const { conditions, values } = toConditions(kind, query);
    const { startingAfter, endingBefore } = query;
    if (startingAfter !== undefined) {
      conditions.push("seq < ?");
      values.push(position(database, startingAfter, "starting_after"));
    }
    if (endingBefore !== undefined) {
      conditions.push("seq > ?");
      values.push(position(database, endingBefore, "ending_before"));
    }
    const isBackward = endingBefore !== undefined && startingAfter === undefined;
    const rows = database.all<BodyRow>(
      `SELECT body FROM stripe_objects WHERE ${conditions.join(" AND ")} ORDER BY seq ${isBackward ? "ASC" : "DESC"} LIMIT ?`,
      ...values,
      query.limit + 1,
    );
    const items: Kinds[Name][] = rows.slice(0, query.limit).map((row) => JSON.parse(row.body));
    return { items: isBackward ? items.toReversed() : items, hasMore: rows.length > query.limit };
  }

  return {
    find,
    get,
    findAny(id) {
      const row = database.first<BodyRow>("SELECT body FROM stripe_objects WHERE id = ?", id);
      return row && JSON.parse(row.body);
    },
    save(object) {
      database.run(
        `INSERT INTO stripe_objects (id, kind, created, body) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
        object.id,
        object.object,
        object.created,
        JSON.stringify(object),
      );
      return object;
    },
    list,
  };
}

/** Where the object stands among all, for paging. */
function position(database: Database, id: string, param: string): number {
  const row = database.first<{ seq: number }>("SELECT seq FROM stripe_objects WHERE id = ?", id);
  if (!row) throw noSuch("object", id, param);
  return row.seq;
}

function toConditions(kind: Kind, query: ListQuery): { conditions: string[]; values: SQLInputValue[] } {
  const conditions = ["kind = ?"];
  const values: SQLInputValue[] = [kind];
  for (const { path, value, isNot } of query.equal) {
    if (path === "$.payment_intent" && !isNot) {
      // Written so that its index serves it.
      conditions.push("payment_intent = ?");
      values.push(value);
      continue;
    }
    conditions.push(isNot ? "json_extract(body, ?) IS NOT ?" : "json_extract(body, ?) = ?");
    values.push(path, value);
  }
  if (query.types && query.types.length > 0) {
    conditions.push(`json_extract(body, '$.type') IN (${query.types.map(() => "?").join(", ")})`);
    values.push(...query.types);
  }
  if (query.createdFrom !== undefined) {
    conditions.push("created >= ?");
    values.push(query.createdFrom);
  }
  if (query.createdTo !== undefined) {
    conditions.push("created <= ?");
    values.push(query.createdTo);
  }
  return { conditions, values };
}
