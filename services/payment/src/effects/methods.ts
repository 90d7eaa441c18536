import { DomainError } from "@shopmesh/kernel";
import type { ProviderAnswer, ProviderName, ProviderSetup, Vault } from "../provider.ts";
import { applySetup, giveUpMethod, MOST_METHODS, newMethod, type SavedMethod } from "../saved-method.ts";
import {
  findCustomer,
  findMethod,
  findMethodByKey,
  findUndecidedMethods,
  insertMethod,
  keepCustomer,
  listMethods,
  lockMethod,
  updateMethod,
} from "../store/methods.ts";
import { type Desk, type Ground, patience } from "./change.ts";

/** Who keeps cards for people. */
const CARDS: ProviderName = "stripe";

type Wish = {
  readonly personId: string;
  readonly requestId: string;
  readonly paymentMethod: string;
  readonly returnUrl: string;
};

/**
 * Saves a means, or asks how the saving stands that this key began. What the provider does not answer stays pending, and is
 * asked again under the same key. Throws SAVED_METHODS_TOO_MANY, PROVIDER_NOT_CONFIGURED, PROVIDER_UNAVAILABLE.
 */
export async function saveMethod(desk: Desk, ground: Ground, wish: Wish): Promise<SavedMethod> {
  const method =
    (await findMethodByKey(ground.sql, wish.personId, wish.requestId)) ?? (await begin(desk, ground, wish));
  if (method.state !== "pending" && method.state !== "requires-action") return method;
  const setup = await askSetup(desk, ground, method, wish);
  return change(ground, method.id, (present) => afterAnswer(present, setup));
}

const LOOK_AFTER_MS = 60_000;
const BATCH = 100;

/** Asks how every saving stands that nobody has asked about for a while, and gives up what is undecided for too long. */
export async function resolveMethods(desk: Desk, ground: Ground): Promise<void> {
  for (const method of await findUndecidedMethods(ground.sql, desk.clock() - LOOK_AFTER_MS, BATCH)) {
    const setup = await askHowItStands(desk, ground, method);
    await change(ground, method.id, (present) => giveUpMethod(afterAnswer(present, setup), desk.clock()));
  }
}

/** Forgets a method, here once the provider has. Throws PROVIDER_UNAVAILABLE. */
export async function removeMethod(desk: Desk, ground: Ground, id: string): Promise<void> {
  const method = await findMethod(ground.sql, id);
  if (method === undefined || method.state === "removed") return;
  if (method.reference !== "") {
    const order = { methodId: id, reference: method.reference };
    const gone = await vaultOf(desk, method.provider).forget(order, patience(desk, ground) ?? 0);
    if (gone.kind === "unanswered") throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE");
  }
  await change(ground, id, (present) => ({ ...present, state: "removed" }));
}

/** The provider's name of a person who pays by card, made where there is none; undefined where the provider does not answer. */
export async function customerOf(desk: Desk, ground: Ground, personId: string): Promise<string | undefined> {
  const known = await findCustomer(ground.sql, CARDS, personId);
  if (known !== undefined) return known;
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return undefined;
  const made = await vaultOf(desk, CARDS).customerFor(personId, timeoutMs);
  if (made.kind !== "answered") return undefined;
  await keepCustomer(ground.sql, CARDS, personId, made.value.reference);
  return made.value.reference;
}

/** The means with which its owner may pay now. Throws SAVED_METHOD_NOT_FOUND. */
export async function requireOwnMethod(
  ground: Pick<Ground, "sql">,
  id: string,
  personId: string,
): Promise<SavedMethod> {
  const method = await findMethod(ground.sql, id);
  if (method?.state === "active" && method.personId === personId && personId !== "") return method;
  throw new DomainError("not-found", "SAVED_METHOD_NOT_FOUND", { saved_method_id: id });
}

async function begin(desk: Desk, ground: Ground, { personId, requestId }: Wish): Promise<SavedMethod> {
  const had = await listMethods(ground.sql, personId, { limit: MOST_METHODS, afterId: undefined });
  if (had.length >= MOST_METHODS) {
    throw new DomainError("precondition", "SAVED_METHODS_TOO_MANY", { most: String(MOST_METHODS) });
  }
  const customer = await customerOf(desk, ground, personId);
  if (customer === undefined) throw new DomainError("unavailable", "PROVIDER_UNAVAILABLE");
  const wanted = { id: desk.newId(), personId, requestId, provider: CARDS, customer, createMs: desk.clock() };
  await insertMethod(ground.sql, newMethod(wanted));
  const begun = await findMethodByKey(ground.sql, personId, requestId);
  if (begun === undefined) throw new Error(`the method ${wanted.id} was not written`);
  return begun;
}

async function askSetup(
  desk: Desk,
  ground: Ground,
  method: SavedMethod,
  { paymentMethod, returnUrl }: Wish,
): Promise<ProviderAnswer<ProviderSetup>> {
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined) return { kind: "unanswered" };
  if (method.setupReference !== "") return askHowItStands(desk, ground, method);
  return vaultOf(desk, method.provider).keep(
    { methodId: method.id, customer: method.customer, paymentMethod, returnUrl },
    timeoutMs,
  );
}

/** Changes nothing; unanswered where the provider has not named the attempt yet. */
async function askHowItStands(
  desk: Desk,
  ground: Ground,
  { provider, setupReference }: SavedMethod,
): Promise<ProviderAnswer<ProviderSetup>> {
  const timeoutMs = patience(desk, ground);
  if (timeoutMs === undefined || setupReference === "") return { kind: "unanswered" };
  return vaultOf(desk, provider).find(setupReference, timeoutMs);
}

function afterAnswer(method: SavedMethod, answer: ProviderAnswer<ProviderSetup>): SavedMethod {
  switch (answer.kind) {
    case "answered":
      return applySetup(method, answer.value);
    case "refused":
      return applySetup(method, { reference: answer.reference, status: "failed", failureReason: answer.reason });
    case "unanswered":
      return method;
  }
}

function change({ transaction }: Ground, id: string, of: (method: SavedMethod) => SavedMethod): Promise<SavedMethod> {
  return transaction(async (tx) => {
    const before = await lockMethod(tx, id);
    if (before === undefined) throw new DomainError("not-found", "SAVED_METHOD_NOT_FOUND", { saved_method_id: id });
    const after = of(before);
    if (after !== before) await updateMethod(tx, after);
    return after;
  });
}

function vaultOf(desk: Desk, provider: ProviderName): Vault {
  const { vault } = desk.providerOf({ provider });
  if (vault === undefined) throw new DomainError("precondition", "PROVIDER_NOT_CONFIGURED", { provider });
  return vault;
}
