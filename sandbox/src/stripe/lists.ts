import { formOf, listOf, textOf, type Form } from "./form.ts";
import { integerOf, requiredText } from "./fields.ts";
import { publicView, type Kind } from "./objects.ts";
import { invalidParameter } from "./refusal.ts";
import type { ListQuery } from "./store.ts";
import type { Operation } from "./world.ts";

/** Answers one object by its id. */
export function retrieve(kind: Kind): Operation {
  return (world, call) => ({
    status: 200,
    body: publicView(world.store.get(kind, call.params["id"] ?? "")),
  });
}

/** Answers a page of objects, newest first; `filters` are the fields that a caller may fix. */
export function list(kind: Kind, filters: readonly string[]): Operation {
  return (world, call) => {
    const equal = filters.flatMap((name) => {
      const value = call.params[name] ?? textOf(call.form, name);
      return value === undefined ? [] : [{ path: `$.${name}`, value }];
    });
    const { items, hasMore } = world.store.list(kind, {
      ...pageOf(call.form),
      ...createdOf(call.form),
      equal,
      types: listOf(call.form, "types"),
    });
    return {
      status: 200,
      body: { object: "list", data: items.map(publicView), has_more: hasMore, url: call.path },
    };
  };
}

/** Answers Stripe's search: `field:'value'` clauses joined by AND, with `-` for "is not". */
export function search(kind: Kind): Operation {
  return (world, call) => {
    const equal = parseSearch(requiredText(call.form, "query"));
    const { limit } = pageOf(call.form);
    const startingAfter = textOf(call.form, "page");
    const { items, hasMore } = world.store.list(kind, {
      equal,
      limit,
      ...(startingAfter && { startingAfter }),
    });
    const nextPage = hasMore ? (items.at(-1)?.id ?? null) : null;
    return {
      status: 200,
      body: {
        object: "search_result",
        data: items.map(publicView),
        has_more: hasMore,
        next_page: nextPage,
        url: call.path,
      },
    };
  };
}

function pageOf(form: Form): Pick<ListQuery, "limit" | "startingAfter" | "endingBefore"> {
  const limit = integerOf(form, "limit") ?? 10;
  if (limit < 1 || limit > 100) throw invalidParameter("limit", "The limit must be between 1 and 100.");
  const startingAfter = textOf(form, "starting_after");
  const endingBefore = textOf(form, "ending_before");
  return { limit, ...(startingAfter && { startingAfter }), ...(endingBefore && { endingBefore }) };
}

/** `created=…`, or the bounds `created[gte|gt|lte|lt]`, in seconds. */
function createdOf(form: Form): Pick<ListQuery, "createdFrom" | "createdTo"> {
  const exact = integerOf(form, "created");
  if (exact !== undefined) return { createdFrom: exact, createdTo: exact };
  const bounds = formOf(form, "created");
  if (!bounds) return {};
  const after = integerOf(bounds, "gt");
  const before = integerOf(bounds, "lt");
  const from = integerOf(bounds, "gte") ?? (after === undefined ? undefined : after + 1);
  const to = integerOf(bounds, "lte") ?? (before === undefined ? undefined : before - 1);
  return {
    ...(from !== undefined && { createdFrom: from }),
    ...(to !== undefined && { createdTo: to }),
  };
}

const clausePattern =
  /^(-?)(metadata\[["']([^"'\]]+)["']\]|status|currency|customer|amount):\s*(?:"([^"]*)"|'([^']*)'|(\d+))$/;

function parseSearch(query: string): ListQuery["equal"] {
  return query.split(/\s+AND\s+/i).map((clause) => {
    const match = clausePattern.exec(clause.trim());
    if (!match) throw invalidParameter("query", `The sandbox does not understand this clause: ${clause}`);
    const [, minus, field, metadataKey, double, single, number] = match;
    const path = metadataKey === undefined ? `$.${field}` : `$.metadata."${metadataKey}"`;
    return {
      path,
      value: number === undefined ? (double ?? single ?? "") : Number(number),
      isNot: minus === "-",
    };
  });
}
