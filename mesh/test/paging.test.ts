import test from "ava";
import fc from "fast-check";
import { DomainError } from "@shopmesh/kernel";
import { cutPage, idPart, numberPart, type PagedList, readPage, textPart } from "../src/paging.ts";

const id = "019a6b1c-7c3e-7000-8000-0123456789ab";
const letters = { standard: 2, most: 3, key: [/^[a-z]$/] } as const;

function tokenOf(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

const sizes: readonly (readonly [asked: number, size: number])[] = [
  [0, 2],
  [1, 1],
  [3, 3],
  [4, 3],
  [2_147_483_647, 3],
];

for (const [asked, size] of sizes) {
  test(`a page of ${asked} has ${size} rows where 2 are standard and 3 the most`, (t) => {
    t.deepEqual(readPage({ pageSize: asked, pageToken: "" }, letters), { size, limit: size + 1, after: undefined });
  });
}

const cuts: readonly (readonly [found: string, rows: string, next: string])[] = [
  ["", "", ""],
  ["a", "a", ""],
  ["ab", "ab", ""],
  ["abc", "ab", tokenOf(["b"])],
  ["abcd", "ab", tokenOf(["b"])],
];

for (const [found, rows, next] of cuts) {
  test(`of ${found.length} rows found a page of 2 ${next === "" ? "is the last" : "has another after it"}`, (t) => {
    const page = readPage({ pageSize: 2, pageToken: "" }, letters);
    t.deepEqual(
      cutPage([...found], page, (letter) => [letter]),
      { rows: [...rows], nextPageToken: next },
    );
  });
}

const strange: readonly (readonly [what: string, token: string])[] = [
  ["no base64url", "%%%"],
  ["no JSON", Buffer.from("a").toString("base64url")],
  ["no UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]).toString("base64url")],
  ["no list", tokenOf("a")],
  ["null", tokenOf(null)],
  ["no strings", tokenOf([1])],
  ["too few parts", tokenOf([])],
  ["too many parts", tokenOf(["a", "b"])],
  ["a part of another pattern", tokenOf(["A"])],
  ["more after a good part", tokenOf(["a\n"])],
  ["a token with something behind it", `${tokenOf(["a"])}.`],
  ["a token with spaces in its JSON", Buffer.from('[ "a" ]').toString("base64url")],
];

for (const [what, pageToken] of strange) {
  test(`a page token is refused that holds ${what}`, (t) => {
    const error = t.throws(() => readPage({ pageSize: 0, pageToken }, letters), { instanceOf: DomainError });
    t.like(error, {
      kind: "invalid",
      reason: "PAGE_TOKEN_INVALID",
      metadata: { field: "page_token" },
      violations: [{ field: "page_token" }],
    });
  });
}

const parts: readonly (readonly [name: string, part: RegExp, good: readonly string[], bad: readonly string[]])[] = [
  ["an id", idPart, [id], ["", id.slice(1), `${id}0`, id.toUpperCase(), `${id}\n`]],
  ["a number", numberPart, ["0", "1763700000123456"], ["", "-1", "1.5", "1e3", "9".repeat(19)]],
  ["a text", textPart, ["", "a\nb", "Ő 🛒"], []],
];

for (const [name, part, good, bad] of parts) {
  test(`${name} is told from what is not`, (t) => {
    t.deepEqual(
      [...good, ...bad].filter((text) => part.test(text)),
      [...good],
    );
  });
}

test("the key of a page's last row comes back from its token, whatever is in it", (t) => {
  const key = fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(key, (last) => {
      const list: PagedList = { standard: 1, most: 1, key: last.map(() => textPart) };
      const { nextPageToken: pageToken } = cutPage(
        [last, []],
        readPage({ pageSize: 1, pageToken: "" }, list),
        (row) => row,
      );
      t.regex(pageToken, /^[\w-]+$/);
      t.deepEqual(readPage({ pageSize: 1, pageToken }, list).after, last);
    }),
  );
});

test("page after page shows every row once and in order, whatever the size", (t) => {
  const numbers = fc.uniqueArray(fc.nat());
  const list = { standard: 7, most: 9, key: [numberPart] } as const;
  fc.assert(
    fc.property(numbers, fc.integer({ min: 0, max: 12 }), (unsorted, pageSize) => {
      const rows = unsorted.toSorted((left, right) => left - right);
      const seen: number[] = [];
      let pageToken = "";
      do {
        const page = readPage({ pageSize, pageToken }, list);
        const after = page.after === undefined ? -1 : Number(page.after[0]);
        const cut = cutPage(rows.filter((row) => row > after).slice(0, page.limit), page, (row) => [String(row)]);
        seen.push(...cut.rows);
        pageToken = cut.nextPageToken;
      } while (pageToken !== "");
      t.deepEqual(seen, rows);
    }),
  );
});
