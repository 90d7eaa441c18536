import { openStored } from "./stored.ts";

/** A guest's keys: which token opens which cart, order or order group. A customer's cookie needs none. */
const stored = openStored("shopmesh.keys");

/** Those of quotes: only the page that asked for one places it, and a cart is quoted again and again. */
const ofQuotes = new Map<string, string>();

/** The oldest keys are forgotten beyond this many. */
const MAX_KEYS = 100;

type Key = readonly [id: string, token: string];

/** The token for the thing of that id; undefined when the cookie opens it, or nothing does. */
export function keyOf(id: string): string | undefined {
  return ofQuotes.get(id) ?? keys().find(([known]) => known === id)?.[1];
}

/** The fields of a request that name something a guest may hold the key of. */
const keyedFields = ["cartId", "quoteId", "orderGroupId", "orderId", "shipmentId", "returnId"] as const;

/** The token for whatever `request` names. */
export function keyFor(request: object): string | undefined {
  const named = keyedFields.flatMap((field) => {
    const value: unknown = Reflect.get(request, field);
    return typeof value === "string" ? [value] : [];
  });
  return named.map(keyOf).find((token) => token !== undefined);
}

/** Remembers that `token` opens all of `ids`; an empty token is a customer's and nothing is kept. */
export function rememberKey(token: string, ...ids: readonly string[]): void {
  if (token === "") return;
  const others = keys().filter(([id]) => !ids.includes(id));
  stored.write(JSON.stringify([...others, ...ids.map((id): Key => [id, token])].slice(-MAX_KEYS)));
}

/** Remembers for as long as the page that what opens the cart opens its quote; the cart's key becomes the newest. */
export function rememberQuote(cartId: string, quoteId: string): void {
  const token = keyOf(cartId);
  if (token === undefined) return;
  rememberKey(token, cartId);
  ofQuotes.set(quoteId, token);
}

function keys(): readonly Key[] {
  try {
    const parsed: unknown = JSON.parse(stored.read() || "[]");
    return Array.isArray(parsed) ? parsed.filter(isKey) : [];
  } catch {
    // Not ours any more: somebody wrote something else there.
    return [];
  }
}

function isKey(value: unknown): value is Key {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
}
