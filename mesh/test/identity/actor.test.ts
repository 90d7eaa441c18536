import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import test from "ava";
import { createActorVerifier } from "../../src/identity/actor.ts";

const keys = await generateKeyPair("EdDSA");
const others = await generateKeyPair("EdDSA");
const claims: JWTPayload = { sub: "0190a5b2-0000-7000-8000-000000000001", sid: "s", roles: ["customer"] };

async function verify(token: string) {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "k" };
  return createActorVerifier(
    async () => [jwk],
    () => false,
  )(token);
}

function signed(
  expirationTime: string,
  options: { privateKey?: typeof keys.privateKey; kid?: string; payload?: JWTPayload } = {},
) {
  const { privateKey = keys.privateKey, kid = "k", payload = claims } = options;
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "EdDSA", kid })
    .setExpirationTime(expirationTime)
    .sign(privateKey);
}

test("a token of ours names its actor", async (t) => {
  t.like(await verify(await signed("1m")), { kind: "person", id: claims.sub });
});

const refused = test.macro({
  exec: async (t, token: () => Promise<string>, reason: string) => {
    t.like(await t.throwsAsync(verify(await token())), { kind: "unauthenticated", reason });
  },
  title: (name) => name ?? "",
});
const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`;
test("a token that is over", refused, () => signed("-1s"), "TOKEN_EXPIRED");
test(
  "a token that somebody else signed",
  refused,
  () => signed("1m", { privateKey: others.privateKey }),
  "TOKEN_INVALID",
);
test("a token of a key that nobody knows", refused, () => signed("1m", { kid: "other" }), "TOKEN_INVALID");
test("a token that nobody signed", refused, async () => unsigned, "TOKEN_INVALID");
test("a token without a subject", refused, () => signed("1m", { payload: {} }), "TOKEN_INVALID");
test("what is no token", refused, async () => "a.b.c", "TOKEN_INVALID");
test(
  "a token that was changed",
  refused,
  async () => {
    const [head, , signature] = (await signed("1m")).split(".");
    const admin = Buffer.from(JSON.stringify({ ...claims, roles: ["admin"] })).toString("base64url");
    return [head, admin, signature].join(".");
  },
  "TOKEN_INVALID",
);
