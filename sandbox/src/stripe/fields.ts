import { formOf, textOf, type Form } from "./form.ts";
import type { Metadata } from "./objects.ts";
import { invalidParameter, missingParameter } from "./refusal.ts";

const largestAmount = 99_999_999;

/** Stripe's least charge of the commonest currencies, in minor units; others have none here. */
const leastAmounts: Readonly<Record<string, number>> = {
  usd: 50,
  eur: 50,
  cad: 50,
  aud: 50,
  chf: 50,
  brl: 50,
  nzd: 50,
  sgd: 50,
  inr: 50,
  gbp: 30,
  dkk: 250,
  nok: 300,
  sek: 300,
  jpy: 50,
  mxn: 1000,
  hkd: 400,
  pln: 200,
  czk: 1500,
  huf: 17500,
};

export function requiredText(form: Form, name: string): string {
  const value = textOf(form, name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

/** A whole number; throws `parameter_invalid_integer` for anything else. */
export function integerOf(form: Form, name: string): number | undefined {
  const text = textOf(form, name);
  if (text === undefined || text === "") return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw invalidParameter(name, `Invalid integer: ${text}`, "parameter_invalid_integer");
  return Number(text);
}

export function flagOf(form: Form, name: string): boolean | undefined {
  const text = textOf(form, name);
  if (text === undefined || text === "") return undefined;
  if (text !== "true" && text !== "false") throw invalidParameter(name, `Invalid boolean: ${text}`);
  return text === "true";
}

export function amountOf(form: Form, currency: string): number {
  const amount = integerOf(form, "amount");
  if (amount === undefined) throw missingParameter("amount");
  if (amount < 1) {
    throw invalidParameter("amount", "This value must be greater than or equal to 1.", "parameter_invalid_integer");
  }
  if (amount > largestAmount) {
    throw invalidParameter("amount", `Amount must be no more than ${largestAmount}.`, "amount_too_large");
  }
  const least = leastAmounts[currency] ?? 1;
  if (amount < least) {
    throw invalidParameter(
      "amount",
      `Amount must be at least ${least} ${currency} in its smallest unit.`,
      "amount_too_small",
    );
  }
  return amount;
}

export function currencyOf(form: Form): string {
  const currency = requiredText(form, "currency").toLowerCase();
  if (!/^[a-z]{3}$/.test(currency)) throw invalidParameter("currency", `Invalid currency: ${currency}.`);
  return currency;
}

/** The metadata after the request: given keys are set, an empty value unsets, `metadata=` clears all. */
export function mergeMetadata(before: Metadata, form: Form): Metadata {
  if (textOf(form, "metadata") === "") return {};
  const after = new Map(Object.entries(before));
  for (const [key, value] of formOf(form, "metadata") ?? []) {
    if (typeof value !== "string") throw invalidParameter(`metadata[${key}]`, "Metadata values must be strings.");
    if (value.length > 500)
      throw invalidParameter(`metadata[${key}]`, "Metadata values can have up to 500 characters.");
    if (value === "") after.delete(key);
    else after.set(key, value);
  }
  if (after.size > 50) throw invalidParameter("metadata", "Metadata can have up to 50 keys.");
  return Object.fromEntries(after);
}
