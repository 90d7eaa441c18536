import { currencyExponent, DomainError } from "@shopmesh/kernel";
import { Liquid, LiquidError, type Template } from "liquidjs";
import { escapeHtml, htmlPage, type Mail } from "../mail.ts";
import type { Amount, Model } from "../model.ts";
import { type Locale, partials, type TemplateText } from "../templates/template.ts";

/** What a message says, ready to go. */
export type Worded = Mail & { readonly short: string };

/** What is put under a mail that may be ended. */
export type Footer = { readonly unsubscribeUrl: string } | undefined;

/** How long rendering one part may take, however busy the machine. */
const RENDER_MS = 1_000;
const MAX_STEPS = 20_000;
const MAX_MEMORY = 1_000_000;
const MAX_SOURCE = 40_000;
const MAX_OUTPUT = 256 * 1024;
/** What a wording may use: nothing that reads files, keeps state or writes past the escaping. */
const tagNames: ReadonlySet<string> = new Set([
  "if",
  "unless",
  "case",
  "for",
  "break",
  "continue",
  "assign",
  "render",
  "comment",
]);

type Part = keyof TemplateText;
type Use = { readonly locale: Locale; readonly isStrict: boolean };

/**
 * The wording with its values. In HTML every value is escaped, in the subject and the short form lines are made one. Pure and
 * bounded in time, memory and length. Throws TEMPLATE_INVALID with part, line and column; a strict one also for unknown values.
 */
export function word(text: TemplateText, model: Model, use: Use): Worded {
  // What is kept holds no secret.
  const open: Model = "code" in model ? { ...model, code: "" } : model;
  const render = (part: Part) => renderPart(part, text[part], part === "text" || part === "html" ? model : open, use);
  return {
    subject: oneLine(render("subject")),
    text: `${render("text").trim()}\n`,
    html: render("html"),
    short: oneLine(render("short")),
  };
}

/** The whole page around a mail's body, and the way out of what may be ended. */
export function pageOf({ subject, html, text, ...worded }: Worded, locale: Locale, footer: Footer): Worded {
  if (footer === undefined) return { ...worded, subject, text, html: htmlPage(subject, html, locale) };
  const words = footerWords[locale];
  const link = `<p><small><a href="${escapeHtml(footer.unsubscribeUrl)}">${words}</a></small></p>`;
  const page = htmlPage(subject, `${html}\n${link}`, locale);
  return { ...worded, subject, text: `${text}\n${words}: ${footer.unsubscribeUrl}\n`, html: page };
}

const footerWords: Readonly<Record<Locale, string>> = {
  en: "No more mails like this one",
  de: "Keine solchen Mails mehr",
};

function renderPart(part: Part, source: string, model: Model, { locale, isStrict }: Use): string {
  const engine = engineOf(part === "html" ? "html" : "text", locale);
  try {
    const rendered: unknown = engine.renderSync(parsed(engine, source), model, {
      strictVariables: isStrict,
      renderLimit: RENDER_MS,
      memoryLimit: MAX_MEMORY,
      templateLimit: MAX_STEPS,
    });
    const output = String(rendered);
    if (output.length <= MAX_OUTPUT) return output;
    throw invalid(part, { line: 1, column: 1, problem: `it becomes longer than ${MAX_OUTPUT} characters` });
  } catch (error) {
    throw LiquidError.is(error) ? invalid(part, whereIn(error)) : error;
  }
}

type Problem = { readonly line: number; readonly column: number; readonly problem: string };

function invalid(part: Part, { line, column, problem }: Problem): DomainError {
  return new DomainError("invalid", "TEMPLATE_INVALID", {
    field: `text.${part}`,
    part,
    line: String(line),
    column: String(column),
    problem: problem.slice(0, 200),
  });
}

function whereIn(error: LiquidError): Problem {
  const [line = 1, column = 1] = error.token?.getPosition() ?? [];
  return { line, column, problem: (error.originalError ?? error).message.replace(/,? line:\d+.*$/s, "") };
}

/** Parsed once: wordings change seldom. */
const cache = new WeakMap<Liquid, Map<string, Template[]>>();
const MAX_CACHED = 500;

function parsed(engine: Liquid, source: string): Template[] {
  const known = cache.get(engine) ?? new Map<string, Template[]>();
  const found = known.get(source);
  if (found !== undefined) return found;
  const templates = engine.parse(source);
  if (known.size >= MAX_CACHED) known.clear();
  known.set(source, templates);
  cache.set(engine, known);
  return templates;
}

const engines = new Map<string, Liquid>();

function engineOf(kind: "html" | "text", locale: Locale): Liquid {
  const key = `${kind}/${locale}`;
  const known = engines.get(key);
  if (known !== undefined) return known;
  const engine = new Liquid({
    templates: { ...partials },
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    parseLimit: MAX_SOURCE,
    ...(kind === "html" ? { outputEscape: (value: unknown) => escapeHtml(textOf(value)) } : {}),
  });
  for (const name of Object.keys(engine.tags)) if (!tagNames.has(name)) delete engine.tags[name];
  // Else a value could leave unescaped.
  delete engine.filters["raw"];
  engine.registerFilter("money", (value: unknown) => formatAmount(value, locale));
  engine.registerFilter("day", (value: unknown) => formatDay(value, locale));
  engines.set(key, engine);
  return engine;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Made once: making one costs as much as a mail. There are as many as currencies and languages. */
const numbers = new Map<string, Intl.NumberFormat>();
const days = new Map<Locale, Intl.DateTimeFormat>();

/** "€169.40", "169,40 €": exact, whatever the amount. */
function formatAmount(value: unknown, locale: Locale): string {
  if (!isAmount(value)) return "";
  const { currency_code: currency, minor_units: minorUnits } = value;
  const exponent = currencyExponent(currency);
  const digits = minorUnits.replace("-", "").padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const number = `${minorUnits.startsWith("-") ? "-" : ""}${whole}${exponent === 0 ? "" : `.${digits.slice(-exponent)}`}`;
  const fractions = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  const key = `${locale}/${currency}`;
  const format = numbers.get(key) ?? new Intl.NumberFormat(locale, { style: "currency", currency, ...fractions });
  numbers.set(key, format);
  // A decimal in text is formatted as it is, without a float between.
  return format.format(number as `${number}`);
}

function isAmount(value: unknown): value is Amount {
  return typeof value === "object" && value !== null && "currency_code" in value && "minor_units" in value;
}

function formatDay(value: unknown, locale: Locale): string {
  if (typeof value !== "number") return "";
  const format = days.get(locale) ?? new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  days.set(locale, format);
  return format.format(value);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
