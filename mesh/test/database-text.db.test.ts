import test from "ava";
import fc from "fast-check";
import type { MigrationInterface, QueryRunner } from "typeorm";
import { testDatabase } from "../src/testing/database.ts";

class Texts1800000000000 implements MigrationInterface {
  name = "Texts1800000000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, text MEDIUMTEXT NOT NULL)");
  }
  async down(): Promise<void> {}
}

/** What ends a text or begins something else in SQL, in a driver or at a server. */
const escapes = ["'", "\\", "\\'", "''"];
const others = ['"', "\0", "\b", "\t", "\n", "\r", "\u001A", "\u0085", "%", "?", "`", "--", "/*", ";", "ß", "😀"];
const textOf = (awkward: readonly string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...awkward), fc.stringMatching(/^[a-z ]{1,60}$/)), { maxLength: 60 })
    .map((pieces) => pieces.join(""));
/** Short and long, with and without what has to be escaped. */
const text = fc.oneof(textOf([...escapes, ...others]), textOf(others));

test("text of any length comes back as it was written, whatever is in it", async (t) => {
  const { sql } = await testDatabase(t, { migrations: [Texts1800000000000] });
  let last = 0;
  const check = fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
    const notes = texts.map((written) => ({ id: (last += 1), text: written }));
    const [first = { id: 0, text: "" }] = notes;
    await sql.insert("note", notes);
    await sql.execute("UPDATE note SET text = ? WHERE id = ?", [`${first.text}${first.text}`, first.id]);
    const ids = notes.map(({ id }) => id);
    const rows = await sql.rows<{ readonly text: string }>("SELECT text FROM note WHERE id IN (?) ORDER BY id", [ids]);
    const [twice, ...rest] = rows.map((row) => row.text);
    t.deepEqual([twice, ...rest], [`${first.text}${first.text}`, ...texts.slice(1)]);
    const found = await sql.rows("SELECT id FROM note WHERE BINARY text = ?", [twice ?? ""]);
    t.true(found.length > 0);
  });
  await fc.assert(check, { numRuns: 200 });
});
