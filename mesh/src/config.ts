/** One setting: where it is read, how it is understood, what stands in for it. */
export type ConfigField<T> = {
  readonly variable: string;
  readonly parse: (text: string) => T;
  readonly fallback?: T;
};

// A field's type is known where it is declared; a table of them holds any.
export type ConfigFields = Readonly<Record<string, ConfigField<unknown>>>;

export type ConfigValues<Fields extends ConfigFields> = {
  readonly [K in keyof Fields]: Fields[K] extends ConfigField<infer T> ? T : never;
};

/** Where settings come from: `process.env`, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting taken as it is; empty counts as missing. */
export function text(variable: string, fallback?: string): ConfigField<string> {
  return field(variable, (value) => value, fallback);
}

/** A whole number in [min, max]. */
export function integer(
  variable: string,
  range: { readonly min: number; readonly max: number },
  fallback?: number,
): ConfigField<number> {
  return field(
    variable,
    (value) => {
      const number = Number(value);
      if (!Number.isInteger(number) || number < range.min || number > range.max) {
        throw new Error(`must be a whole number from ${range.min} to ${range.max}, not "${value}"`);
      }
      return number;
    },
    fallback,
  );
}

/** "true" or "false". */
export function flag(variable: string, fallback?: boolean): ConfigField<boolean> {
  return field(
    variable,
    (value) => {
      if (value !== "true" && value !== "false") throw new Error(`must be "true" or "false", not "${value}"`);
      return value === "true";
    },
    fallback,
  );
}

/** A URL with one of `protocols` ("http:"). */
export function url(variable: string, protocols: readonly string[], fallback?: string): ConfigField<string> {
  return field(
    variable,
    (value) => {
      const parsed = URL.parse(value);
      if (parsed === null || !protocols.includes(parsed.protocol)) {
        throw new Error(`must be a URL starting with ${protocols.map((p) => `${p}//`).join(" or ")}`);
      }
      return value;
    },
    fallback,
  );
}

/** Any value that `check` lets pass; it throws an Error that says what is wrong. */
export function checked(variable: string, check: (value: string) => unknown, fallback?: string): ConfigField<string> {
  return field(
    variable,
    (value) => {
      check(value);
      return value;
    },
    fallback,
  );
}

/** 32 bytes in hex. */
export function key(variable: string): ConfigField<Uint8Array> {
  return field(variable, (value) => {
    if (!/^[0-9a-f]{64}$/i.test(value)) throw new Error("must be 64 hexadecimal digits (32 bytes)");
    return Buffer.from(value, "hex");
  });
}

/** All `fields`, or one Error that names every missing or malformed variable, never its value when secret. */
export function readConfig<Fields extends ConfigFields>(
  fields: Fields,
  environment: Environment,
): ConfigValues<Fields> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { variable, parse, fallback }] of Object.entries(fields)) {
    const raw = environment[variable];
    if (raw === undefined || raw === "") {
      if (fallback === undefined) problems.push(`${variable} is not set`);
      values[name] = fallback;
      continue;
    }
    try {
      values[name] = parse(raw);
    } catch (error) {
      problems.push(`${variable} ${error instanceof Error ? error.message : "is malformed"}`);
    }
  }
  if (problems.length > 0) throw new Error(`configuration: ${problems.join("; ")}`);
  return values as ConfigValues<Fields>;
}

/** The process's own environment: the one place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

function field<T>(variable: string, parse: (value: string) => T, fallback?: T): ConfigField<T> {
  return fallback === undefined ? { variable, parse } : { variable, parse, fallback };
}
