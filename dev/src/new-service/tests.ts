import type { Names } from "./names.ts";

/** test/<noun>.test.ts: the domain. */
export function domainTest({ noun, Noun, aNoun }: Names): string {
  return `import test from "ava";
import { new${Noun} } from "../src/${noun}.ts";

const given = { id: "${noun}-1", customerId: "ada", nowMs: 1_800_000_000_000 };

test("a new ${noun} is at its first version, its title without outer spaces", (t) => {
  t.deepEqual(new${Noun}({ ...given, title: "  For the garden " }), {
    id: "${noun}-1",
    version: 1,
    customerId: "ada",
    title: "For the garden",
    createMs: given.nowMs,
  });
});

test("${aNoun} of nothing but spaces is refused", (t) => {
  t.like(t.throws(() => new${Noun}({ ...given, title: "   " })), { kind: "invalid", reason: "TITLE_BLANK" });
});
`;
}

/** test/<noun>.db.test.ts: the service on a real database. */
export function databaseTest(names: Names): string {
  const { noun, Noun, aNoun, NOUN } = names;
  return `import { randomUUID } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { ${Noun}CreatedSchema } from "@shopmesh/contracts/shop/${noun}/v1/${noun}_events_pb.ts";
import { ${Noun}Service } from "@shopmesh/contracts/shop/${noun}/v1/${noun}_service_pb.ts";
import type { Actor } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import test, { type ExecutionContext } from "ava";
import { ${noun} } from "../src/service.ts";

function person(id: string): Actor {
  return { kind: "person", id, roles: ["customer"], sellerId: undefined, sessionId: \`session-\${id}\` };
}

/** The service on a schema of its own, as two customers see it. */
async function start(t: ExecutionContext) {
  let now = 1_800_000_000_000;
  // A millisecond passes between any two looks at the clock: ids tell what came first.
  const service = await testService(t, ${noun}, { clients: new Map(), nowMs: () => now++ });
  const [ada, bob] = [randomUUID(), randomUUID()];
  return {
    sql: service.database.sql,
    adaId: ada,
    ada: service.as(person(ada))(${Noun}Service),
    bob: service.as(person(bob))(${Noun}Service),
    stranger: service.as({ kind: "anonymous" })(${Noun}Service),
  };
}

function titled(title: string) {
  return { requestId: randomUUID(), title };
}

${creationTests(names)}
test("${aNoun} is its owner's: nobody else finds it", async (t) => {
  const { ada, bob, stranger } = await start(t);
  const { ${noun}: made } = await ada.create${Noun}(titled("Garden"));
  const ${noun}Id = made?.id ?? "";
  t.is((await ada.get${Noun}({ ${noun}Id })).${noun}?.title, "Garden");
  t.like(await t.throwsAsync(bob.get${Noun}({ ${noun}Id })), { kind: "not-found", reason: "${NOUN}_NOT_FOUND" });
  t.like(await t.throwsAsync(stranger.get${Noun}({ ${noun}Id })), { kind: "unauthenticated" });
});

${pagingTests(names)}`;
}

function creationTests({ noun, Noun, nouns, Nouns, aNoun }: Names): string {
  return `test("${aNoun} is stored and told of by one event, however often its request is repeated", async (t) => {
  const { ada, adaId, sql } = await start(t);
  const request = titled("Garden");
  const first = await ada.create${Noun}(request);
  const again = await ada.create${Noun}(request);
  t.like(first.${noun}, { title: "Garden", customerId: adaId });
  t.deepEqual(again, first);
  t.is((await ada.list${Nouns}({})).${nouns}.length, 1);
  const events = await sql.rows<{ subject: string; payload: Buffer }>("SELECT subject, payload FROM mesh_outbox");
  t.deepEqual(
    events.map(({ subject }) => subject),
    [${Noun}CreatedSchema.typeName],
  );
  t.like(fromBinary(${Noun}CreatedSchema, events[0]?.payload ?? Buffer.of()), {
    ${noun}Id: first.${noun}?.id,
    customerId: adaId,
  });
});

test("a title of nothing but spaces stores and tells nothing", async (t) => {
  const { ada, sql } = await start(t);
  t.like(await t.throwsAsync(ada.create${Noun}(titled("   "))), { reason: "TITLE_BLANK" });
  t.deepEqual((await ada.list${Nouns}({})).${nouns}, []);
  t.deepEqual(await sql.rows("SELECT id FROM mesh_outbox"), []);
});
`;
}

function pagingTests({ Noun, nouns, Nouns }: Names): string {
  return `test("${nouns} come newest first and in pages, each customer's own", async (t) => {
  const { ada, bob } = await start(t);
  await bob.create${Noun}(titled("Not hers"));
  for (const title of ["first", "second", "third"]) await ada.create${Noun}(titled(title));
  const page = await ada.list${Nouns}({ pageSize: 2 });
  const rest = await ada.list${Nouns}({ pageSize: 2, pageToken: page.nextPageToken });
  t.deepEqual(
    [...page.${nouns}, ...rest.${nouns}].map(({ title }) => title),
    ["third", "second", "first"],
  );
  t.is(rest.nextPageToken, "");
});

test("a page token of somebody's making is refused", async (t) => {
  const { ada } = await start(t);
  t.like(await t.throwsAsync(ada.list${Nouns}({ pageToken: "bogus" })), { reason: "PAGE_TOKEN_INVALID" });
});
`;
}
