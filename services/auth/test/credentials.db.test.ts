import { createHash } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { importJWK, jwtVerify } from "jose";
import test from "ava";
import { openSigningKeys, RETIRED_KEY_MS, SIGNING_KEY_AGE_MS } from "../src/effects/signing-keys.ts";
import { authWorld, DAY_MS, methods, MINUTE_MS, SEAL_KEY } from "./support.ts";

const SELLER = "0198a000-0000-7000-8000-000000000001";

test("an actor token is proved by the listed key and tells who, what and where", async (t) => {
  const { ask, register } = await authWorld(t);
  const { id, token } = await register();
  await ask(methods.grantRole, { accountId: id, role: 2, sellerId: SELLER });
  const { actorToken, expireTime } = await ask(methods.exchangeCredential, {
    credential: { case: "sessionToken", value: token },
  });
  const { signingKeys } = await ask(methods.listSigningKeys, {});
  t.is(signingKeys.length, 1);
  const [key] = signingKeys;
  t.like(key, { crv: "Ed25519", expireTime: undefined });
  const { payload, protectedHeader } = await jwtVerify(
    actorToken,
    await importJWK({ kty: "OKP", crv: "Ed25519", x: key?.x ?? "" }, "EdDSA"),
  );
  t.like(protectedHeader, { alg: "EdDSA", kid: key?.kid });
  t.like(payload, { sub: id, roles: ["customer", "seller"], seller: SELLER, iss: "eu" });
  t.is(expireTime && timestampMs(expireTime), (payload.exp ?? 0) * 1_000);
});

test("a guest's token is only hashed into the actor's, whole", async (t) => {
  const { claimsOf } = await authWorld(t);
  const value = "gt_0123456789";
  t.like(await claimsOf({ case: "guestToken", value }), {
    sub: "guest",
    gh: createHash("sha256").update(value).digest("hex"),
  });
});

test("a made-up session or key is refused", async (t) => {
  const { claimsOf } = await authWorld(t);
  await t.throwsAsync(claimsOf({ case: "sessionToken", value: "st_x" }), { message: "session invalid" });
  await t.throwsAsync(claimsOf({ case: "apiKey", value: "ak_x" }), { message: "api key invalid" });
});

test("a session ends thirty days after its last use", async (t) => {
  const { register, claimsOf, time } = await authWorld(t);
  const { token } = await register();
  const credential = { case: "sessionToken" as const, value: token };
  time.nowMs += 29 * DAY_MS;
  await t.notThrowsAsync(claimsOf(credential));
  time.nowMs += 29 * DAY_MS;
  await t.notThrowsAsync(claimsOf(credential));
  time.nowMs += 30 * DAY_MS;
  await t.throwsAsync(claimsOf(credential), { message: "session invalid" });
});

test("a use is written down once a minute", async (t) => {
  const { register, claimsOf, time, database } = await authWorld(t);
  const { token } = await register();
  const lastUse = async () =>
    Number((await database.sql.row<{ last_use_ms: string }>("SELECT last_use_ms FROM session"))?.last_use_ms);
  const before = await lastUse();
  time.nowMs += MINUTE_MS - 1;
  await claimsOf({ case: "sessionToken", value: token });
  t.is(await lastUse(), before);
  time.nowMs += 1;
  await claimsOf({ case: "sessionToken", value: token });
  t.is(await lastUse(), before + MINUTE_MS);
});

test("replicas that start at once share one signing key", async (t) => {
  const { database, deps } = await authWorld(t);
  await database.sql.execute("DELETE FROM signing_key");
  const replica = await database.another();
  await Promise.all(
    [deps, { ...deps, sql: replica.sql }, deps, { ...deps, sql: replica.sql }].map((each) =>
      openSigningKeys({ ...each, sealKey: SEAL_KEY }),
    ),
  );
  t.is((await database.sql.rows("SELECT kid FROM signing_key")).length, 1);
});

test("a private key is sealed: another SECRET_KEY does not open it", async (t) => {
  const { deps } = await authWorld(t);
  await t.throwsAsync(openSigningKeys({ ...deps, sealKey: new Uint8Array(32) }), {
    message: /SECRET_KEY does not open signing key/,
  });
});

test("a key is replaced after thirty days, and the old one proves tokens for a while", async (t) => {
  const { ask, signingKeys, time, deps, register } = await authWorld(t);
  const { token } = await register();
  const other = await openSigningKeys({ ...deps, sealKey: SEAL_KEY });
  const kids = async () => (await ask(methods.listSigningKeys, {})).signingKeys.map(({ kid }) => kid);
  const [first] = await kids();
  await signingKeys.rotate();
  t.deepEqual(await kids(), [first]);
  time.nowMs += SIGNING_KEY_AGE_MS;
  await Promise.all([signingKeys.rotate(), other.rotate()]);
  const [second, ...retired] = await kids();
  t.not(second, first);
  t.deepEqual(retired, [first]);
  for (const keys of [signingKeys, other]) {
    const signed = await keys.sign({ kind: "guest", tokenHash: "00" });
    t.like(JSON.parse(Buffer.from(signed.token.split(".")[0] ?? "", "base64url").toString()), { kid: second });
  }
  time.nowMs += RETIRED_KEY_MS;
  await signingKeys.rotate();
  t.deepEqual(await kids(), [second]);
  await t.throwsAsync(ask(methods.exchangeCredential, { credential: { case: "sessionToken", value: token } }), {
    message: "session invalid",
  });
});
