import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { CODE_TTL_MS, CODES_WITHIN_MS, codeToShow, MOST_CODES, MOST_TRIES, refuseManyCodes } from "../src/phone.ts";

const code = { id: "c", numberHash: "n", tryCount: 0, createMs: 0 };

test("a code can be shown for its own number, for ten minutes and five tries", (t) => {
  const refused = (...asked: Parameters<typeof codeToShow>) =>
    t.throws(() => codeToShow(...asked), { instanceOf: DomainError });
  t.is(codeToShow(code, "n", CODE_TTL_MS - 1), code);
  t.is(refused(undefined, "n", 0)?.reason, "PHONE_CODE_NOT_SENT");
  t.is(refused(code, "another", 0)?.reason, "PHONE_CODE_NOT_SENT");
  t.is(refused(code, "n", CODE_TTL_MS)?.reason, "PHONE_CODE_EXPIRED");
  t.notThrows(() => codeToShow({ ...code, tryCount: MOST_TRIES - 1 }, "n", 0));
  t.is(refused({ ...code, tryCount: MOST_TRIES }, "n", 0)?.reason, "PHONE_CODE_TRIES_EXHAUSTED");
});

test("so many codes a day go to one number, and it is told when the next one may", (t) => {
  const sent = Array.from({ length: MOST_CODES }, (_, index) => index * 1_000);
  t.notThrows(() => refuseManyCodes(sent.slice(1), 10_000));
  t.like(
    t.throws(() => refuseManyCodes(sent, 10_000)),
    {
      reason: "PHONE_CODE_LIMIT",
      metadata: { max: "5", retry_after_seconds: String(CODES_WITHIN_MS / 1_000 - 10) },
    },
  );
  t.notThrows(() => refuseManyCodes(sent, CODES_WITHIN_MS));
});
