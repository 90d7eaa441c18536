import { randomBytes } from "node:crypto";
import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import { createPasswords, createTurns } from "../src/effects/passwords.ts";

const cheap = { memoryKib: 64, passes: 1 };

function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

test("a password is proved by its hash, and no other is", async (t) => {
  const passwords = await createPasswords(randomBytes, cheap);
  const hash = await passwords.hash("a fine long one");
  t.true(await passwords.verify(hash, "a fine long one"));
  t.false(await passwords.verify(hash, "a fine long two"));
  t.regex(hash, /^\$argon2id\$/);
});

test("an unknown account costs a hash too and is never proved", async (t) => {
  const asked: number[] = [];
  const passwords = await createPasswords((length) => {
    asked.push(length);
    return new Uint8Array(length);
  }, cheap);
  t.deepEqual(asked, [32]);
  // What stands in for the unknown account is a hash of this very text.
  t.false(await passwords.verify(undefined, Buffer.alloc(32).toString("base64url")));
});

test("the same password typed in another Unicode form is the same", async (t) => {
  const passwords = await createPasswords(randomBytes, cheap);
  t.true(
    await passwords.verify(await passwords.hash("caf\u00e9-caf\u00e9-caf\u00e9"), "cafe\u0301-cafe\u0301-cafe\u0301"),
  );
});

test("no more works run at once than allowed, and who cannot even wait is told so", async (t) => {
  const inTurn = createTurns(1, 1);
  const first = gate();
  const order: string[] = [];
  const one = inTurn(async () => {
    await first.opened;
    order.push("one");
  });
  const two = inTurn(async () => {
    order.push("two");
  });
  const refused = await t.throwsAsync(inTurn(async () => undefined));
  t.true(isRefusal(refused, "PASSWORDS_BUSY"));
  first.open();
  await Promise.all([one, two]);
  t.deepEqual(order, ["one", "two"]);
  await t.notThrowsAsync(inTurn(async () => undefined));
});

test("a work that fails gives its place to the next", async (t) => {
  const inTurn = createTurns(1, 5);
  const failing = t.throwsAsync(
    inTurn(() => Promise.reject(new Error("no"))),
    { message: "no" },
  );
  t.is(await inTurn(async () => "next"), "next");
  await failing;
});
