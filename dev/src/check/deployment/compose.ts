import { parse } from "yaml";

/** What the check reads of one service of a compose file; the schema has been held against the rest. */
export type ComposeService = {
  readonly image?: string;
  readonly build?: { readonly target?: string };
  readonly command?: readonly string[] | string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[] | string;
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources?: { readonly limits?: { readonly memory?: string } };
  };
};

/** A compose file. */
export type Compose = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
};

/** A variable that the file takes from outside: "${MESH_KEY:?…}" is required. */
export type Taken = { readonly name: string; readonly isRequired: boolean };

const VARIABLE = /\$\$|\$\{(\w+)(?:(:?[-?])([^}]*))?\}/g;

/** The file with its anchors and merges resolved and its variables as they are written. */
export function parseCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

/** `compose` with what `change` says instead: tables are merged, null takes away, anything else takes its place. */
export function changed<T>(compose: T, change: unknown): T {
  if (!isTable(compose) || !isTable(change)) return change as T;
  const merged = {
    ...compose,
    ...Object.fromEntries(Object.entries(change).map(([key, value]) => [key, changed(compose[key], value)])),
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as T;
}

/** Every variable that the file takes from outside. */
export function variablesIn(compose: Compose): readonly Taken[] {
  return [...JSON.stringify(compose).matchAll(VARIABLE)].flatMap(([, name, operator]) =>
    name === undefined ? [] : [{ name, isRequired: operator?.endsWith("?") ?? false }],
  );
}

/** The file as Compose would read it with these variables; an unset one without a default is empty. */
export function interpolated<T>(value: T, variables: Readonly<Record<string, string>>): T {
  if (typeof value === "string") return interpolatedText(value, variables) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => interpolated(each, variables)) as T;
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, interpolated(each, variables)])) as T;
}

/** The names of the networks that a service is in. */
export function networksOf({ networks = [] }: ComposeService): readonly string[] {
  return Array.isArray(networks) ? networks.map(String) : Object.keys(networks);
}

/** Where a volume lies in its container: "/etc/x" of "./deploy/x:/etc/x:ro". */
export function targetOfVolume(volume: string): string {
  return volume.split(":")[1] ?? "";
}

/** The words of a service's command. */
export function commandOf({ command = [] }: ComposeService): readonly string[] {
  return typeof command === "string" ? command.split(/\s+/) : command;
}

function interpolatedText(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (sign, name: string | undefined, operator: string | undefined, rest: string) => {
    if (name === undefined) return sign === "$$" ? "$" : sign;
    const value = variables[name] ?? "";
    return value === "" && operator?.endsWith("-") ? rest : value;
  });
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
