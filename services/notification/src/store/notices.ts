import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { MessageName } from "../message.ts";
import type { Notice, PlacedNotice } from "../notice.ts";
import type { NoticeRow } from "../schema.ts";

/** Puts a notice on its person's page, and wakes who follows it. */
export async function insertNotice(tx: Tx, notice: Notice): Promise<void> {
  const sequence = (await takeSequences(tx, notice.personId, 1)) + 1;
  await tx.insert("notice", [
    {
      id: notice.id,
      person_id: notice.personId,
      sequence,
      template: notice.template,
      title: notice.title.slice(0, 400),
      body: notice.body.slice(0, 1_000),
      link: notice.link,
      read_ms: null,
      create_ms: notice.createMs,
    },
  ]);
  tx.wake(topicOf(notice.personId));
}

/** What a person's live stream is woken by. */
export function topicOf(personId: string): string {
  return `notices/${personId}`;
}

/** Marks unread notices of a person as read: those named, or all, 1000 at most. */
export async function markRead(tx: Tx, personId: string, ids: readonly string[], nowMs: number): Promise<void> {
  const named = ids.length === 0 ? "" : "AND id IN (?)";
  const unread = await tx.rows<{ id: string }>(
    `SELECT id FROM notice WHERE person_id = ? AND read_ms IS NULL ${named} ORDER BY id LIMIT 1000 FOR UPDATE`,
    [personId, ...(ids.length === 0 ? [] : [ids])],
  );
  if (unread.length === 0) return;
  const before = await takeSequences(tx, personId, unread.length);
  const rows = unread.map(({ id }, index) => ({ id, sequence: before + index + 1 }));
  await tx.execute(
    `UPDATE notice n JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin PATH '$.id', sequence BIGINT PATH '$.sequence'
     )) r ON n.id = r.id SET n.read_ms = ?, n.sequence = r.sequence`,
    [JSON.stringify(rows), nowMs],
  );
  tx.wake(topicOf(personId));
}

/** The person's notices that changed after `sequence`, in the order of the changes. */
export async function listChanges(
  sql: Sql,
  personId: string,
  sequence: number,
  limit: number,
): Promise<PlacedNotice[]> {
  const rows = await sql.rows<NoticeRow>(
    "SELECT * FROM notice WHERE person_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    [personId, sequence, limit],
  );
  return rows.map((row) => ({ notice: noticeOf(row), sequence: Number(row.sequence) }));
}

/** A page of a person's notices, newest first. */
export async function listNotices(
  sql: Sql,
  query: {
    readonly personId: string;
    readonly isUnreadOnly: boolean;
    readonly beforeId: string | undefined;
    readonly limit: number;
  },
): Promise<Notice[]> {
  const values: SqlValue[] = [query.personId];
  if (query.beforeId !== undefined) values.push(query.beforeId);
  const rows = await sql.rows<NoticeRow>(
    `SELECT * FROM notice WHERE person_id = ? ${query.beforeId === undefined ? "" : "AND id < ?"}
       ${query.isUnreadOnly ? "AND read_ms IS NULL" : ""} ORDER BY id DESC LIMIT ?`,
    [...values, query.limit],
  );
  return rows.map(noticeOf);
}

/** How many of a person's notices are not read. */
export async function countUnread(sql: Sql, personId: string): Promise<number> {
  const row = await sql.row<{ unread: string }>(
    "SELECT COUNT(*) AS unread FROM notice WHERE person_id = ? AND read_ms IS NULL",
    [personId],
  );
  return Number(row?.unread ?? 0);
}

/** Forgets notices from before `beforeMs`; how many those were, at most `limit`. */
export function sweepNotices(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM notice WHERE create_ms < ? LIMIT ?", [beforeMs, limit]);
}

/** Counts a person's changes up by `count`, locked until the transaction ends; the number before. */
async function takeSequences(tx: Tx, personId: string, count: number): Promise<number> {
  await tx.execute(
    `INSERT INTO inbox (person_id, last_sequence) VALUES (?, ?)
     ON DUPLICATE KEY UPDATE last_sequence = last_sequence + VALUES(last_sequence)`,
    [personId, count],
  );
  const row = await tx.row<{ last_sequence: string }>("SELECT last_sequence FROM inbox WHERE person_id = ?", [
    personId,
  ]);
  return Number(row?.last_sequence ?? 0) - count;
}

function noticeOf(row: NoticeRow): Notice {
  return {
    id: row.id,
    personId: row.person_id,
    template: row.template as MessageName,
    title: row.title,
    body: row.body,
    link: row.link,
    readMs: row.read_ms === null ? undefined : Number(row.read_ms),
    createMs: Number(row.create_ms),
  };
}
