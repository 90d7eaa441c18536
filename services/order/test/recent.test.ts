import test from "ava";
import { createRecentQuotes } from "../src/effects/recent.ts";
import { buildQuote } from "../src/quote.ts";
import type { QuoteOfCart } from "../src/store/quotes.ts";
import { quoteInput } from "./fixtures.ts";

const made = (id: string): QuoteOfCart => ({ quote: buildQuote({ ...quoteInput(), id }), known: undefined });

test("a quote is remembered until it is placed", (t) => {
  const recent = createRecentQuotes();
  recent.keep(made("a"));
  t.is(recent.find("a")?.quote.id, "a");
  recent.forget("a");
  t.is(recent.find("a"), undefined);
  t.notThrows(() => recent.forget("a"));
});

test("of quotes that nobody places the oldest are forgotten, by how many lines they have", (t) => {
  const recent = createRecentQuotes();
  const lineCount = made("a").quote.sellers.flatMap(({ lines }) => lines).length;
  const fitting = Math.floor(5_000 / lineCount);
  for (let index = 0; index < fitting; index++) recent.keep(made(`q${index}`));
  t.truthy(recent.find("q0"));
  recent.keep(made("last"));
  t.is(recent.find("q0"), undefined);
  t.truthy(recent.find("last"));
  t.truthy(recent.find(`q${fitting - 1}`));
});
