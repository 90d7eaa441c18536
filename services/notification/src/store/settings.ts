import type { Sql, Tx } from "@shopmesh/mesh";
import type { Settings } from "../preference.ts";
import { standardSettings } from "../preference.ts";
import type { SettingsRow } from "../schema.ts";

/** What a person wants; the standard for who never chose, and for nobody. */
export async function findSettings(sql: Sql, personId: string): Promise<Settings> {
  return personId === "" ? standardSettings : readSettings(sql, personId, "");
}

/** As findSettings, locked until the transaction ends; a row is made where there is none. */
export async function lockSettings(tx: Tx, personId: string, nowMs: number): Promise<Settings> {
  await tx.execute(
    `INSERT IGNORE INTO person_settings (person_id, choices, locale, time_zone, phone_number, update_ms)
     VALUES (?, '{}', '', '', '', ?)`,
    [personId, nowMs],
  );
  return readSettings(tx, personId, "FOR UPDATE");
}

/** Writes locked settings. */
export async function updateSettings(tx: Tx, personId: string, settings: Settings, nowMs: number): Promise<void> {
  const { choices, locale, timeZone, quietHours, phoneNumber, phoneVerifiedMs } = settings;
  await tx.execute(
    `UPDATE person_settings SET choices = ?, locale = ?, time_zone = ?, quiet_start_minute = ?, quiet_end_minute = ?,
       phone_number = ?, phone_verified_ms = ?, update_ms = ? WHERE person_id = ?`,
    [
      JSON.stringify(choices),
      locale,
      timeZone,
      quietHours?.startMinute ?? null,
      quietHours?.endMinute ?? null,
      phoneNumber,
      phoneVerifiedMs ?? null,
      nowMs,
      personId,
    ],
  );
}

async function readSettings(sql: Sql, personId: string, suffix: string): Promise<Settings> {
  const row = await sql.row<SettingsRow>(`SELECT * FROM person_settings WHERE person_id = ? ${suffix}`, [personId]);
  if (row === undefined) return standardSettings;
  const { quiet_start_minute: startMinute, quiet_end_minute: endMinute } = row;
  return {
    choices: JSON.parse(row.choices) as Settings["choices"],
    locale: row.locale,
    timeZone: row.time_zone,
    quietHours: startMinute === null || endMinute === null ? undefined : { startMinute, endMinute },
    phoneNumber: row.phone_number,
    phoneVerifiedMs: row.phone_verified_ms === null ? undefined : Number(row.phone_verified_ms),
  };
}
