import test from "ava";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { createKeySource } from "../../src/identity/key-source.ts";

const { publicKey } = await generateKeyPair("EdDSA");
const jwk = await exportJWK(publicKey);

/** Keys that may change while somebody looks; each wait and each look is told. */
function source(first: readonly string[]) {
  const told: string[] = [];
  const owner = { kids: first, beforeAnswer: async (): Promise<void> => {} };
  async function fetchKeys(): Promise<readonly JWK[]> {
    told.push("looked");
    const seen = owner.kids.map((kid) => ({ ...jwk, kid }));
    await owner.beforeAnswer();
    return seen;
  }
  const find = createKeySource(fetchKeys, async (ms) => void (ms > 0 && told.push("waited")));
  return { owner, told, find };
}

test("keys are asked for once, however many come at once", async (t) => {
  const { find, told } = source(["a"]);
  await Promise.all(Array.from({ length: 20 }, () => find("a")));
  await find("a");
  t.deepEqual(told, ["looked"]);
});

test("a key that was made right after a look is not refused", async (t) => {
  const { find, owner, told } = source(["a"]);
  await find("a");
  owner.kids = ["b", "a"];
  await find("b");
  t.deepEqual(told, ["looked", "waited", "looked"]);
});

test("a key that was made while somebody looked is not refused", async (t) => {
  const { find, owner } = source(["a"]);
  let late: Promise<unknown> | undefined;
  owner.beforeAnswer = async () => {
    owner.kids = ["b", "a"];
    late ??= find("b");
  };
  await find("a");
  await t.notThrowsAsync(async () => late);
});

test("who asks for a key that nobody has waits for one look, with all others who do", async (t) => {
  const { find, told } = source(["a"]);
  await find("a");
  const asked = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => find(`forged-${index}`)));
  t.true(asked.every(({ status }) => status === "rejected"));
  t.deepEqual(told, ["looked", "waited", "looked"]);
  await t.throwsAsync(find("c"), { message: /unknown signing key/ });
});

test("a look that fails is told to who asked, and the next one looks again", async (t) => {
  const { find, owner } = source(["a"]);
  owner.beforeAnswer = () => Promise.reject(new Error("away"));
  await t.throwsAsync(find("a"), { message: "away" });
  owner.beforeAnswer = async () => {};
  await t.notThrowsAsync(find("a"));
});
