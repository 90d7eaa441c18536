import type { Sql, Tx } from "@shopmesh/mesh";
import type { MessageName } from "../message.ts";
import type { WordingRow } from "../schema.ts";
import { defaultWordings } from "../templates/defaults.ts";
import type { Locale, TemplateText } from "../templates/template.ts";

/** How a message is worded in one language. */
export type Wording = {
  readonly name: MessageName;
  readonly locale: Locale;
  /** 0 for the one that comes with the code. */
  readonly version: number;
  readonly text: TemplateText;
  readonly createMs: number | undefined;
};

/** The one that comes with the code. */
export function defaultWording(name: MessageName, locale: Locale): Wording {
  return { name, locale, version: 0, text: defaultWordings[name][locale], createMs: undefined };
}

/** How a message is worded now. */
export async function findWording(sql: Sql, name: MessageName, locale: Locale): Promise<Wording> {
  const row = await sql.row<WordingRow>(
    "SELECT * FROM wording WHERE name = ? AND locale = ? ORDER BY version DESC LIMIT 1",
    [name, locale],
  );
  return row === undefined ? defaultWording(name, locale) : wordingOf(row);
}

/** All that were changed, as they are now. */
export async function listWordings(sql: Sql): Promise<Wording[]> {
  const rows = await sql.rows<WordingRow>(
    `SELECT w.* FROM wording w JOIN (SELECT name, locale, MAX(version) AS version FROM wording GROUP BY name, locale) l
       ON l.name = w.name AND l.locale = w.locale AND l.version = w.version`,
  );
  return rows.map(wordingOf);
}

/** Writes a new version. Throws DUPLICATE where another was faster. */
export async function insertWording(tx: Tx, { name, locale, version, text, createMs }: Wording): Promise<void> {
  const { subject, html, short } = text;
  await tx.insert("wording", [
    { name, locale, version, subject, text: text.text, html, short, create_ms: createMs ?? 0 },
  ]);
}

function wordingOf(row: WordingRow): Wording {
  const { subject, text, html, short } = row;
  return {
    name: row.name as MessageName,
    locale: row.locale as Locale,
    version: row.version,
    text: { subject, text, html, short },
    createMs: Number(row.create_ms),
  };
}
