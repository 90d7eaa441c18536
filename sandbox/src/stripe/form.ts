/** A form-encoded body with Stripe's bracketed names unfolded: `metadata[a]=1`, `expand[]=x`, `items[0][id]=y`. */
export type FormValue = string | Form;
export type Form = ReadonlyMap<string, FormValue>;

type MutableForm = Map<string, string | MutableForm>;

export function parseForm(encoded: URLSearchParams): Form {
  const root: MutableForm = new Map();
  for (const [name, value] of encoded) {
    const bracketed = [...name.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? "");
    put(root, [name.replace(/\[.*$/, ""), ...bracketed], value);
  }
  return root;
}

export function textOf(form: Form, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === "string" ? value : undefined;
}

export function formOf(form: Form, name: string): Form | undefined {
  const value = form.get(name);
  return typeof value === "object" ? value : undefined;
}

/** The values of `name[]`, or of `name` itself when it was sent once. */
export function listOf(form: Form, name: string): readonly string[] {
  const value = form.get(name);
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : [...value.values()].filter((item) => typeof item === "string");
}

/** The flat entries of `name[key]`. */
export function recordOf(form: Form, name: string): Readonly<Record<string, string>> {
  const entries = [...(formOf(form, name) ?? [])].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries);
}

/** The form as plain JSON, for objects that are only kept and shown again (an address, a shipping block). */
export function toPlain(form: Form): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...form].map(([key, value]) => [key, typeof value === "string" ? value : toPlain(value)]));
}

function put(form: MutableForm, [key, ...rest]: readonly string[], value: string): void {
  // An empty key is `name[]`: the next free index.
  const own = key === undefined || key === "" ? String(form.size) : key;
  if (rest.length === 0) {
    form.set(own, value);
    return;
  }
  const child = form.get(own);
  const next: MutableForm = child instanceof Map ? child : new Map();
  form.set(own, next);
  put(next, rest, value);
}
