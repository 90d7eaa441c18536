import test from "ava";
import { callerToken, createCallerVerifier } from "../src/identity/caller.ts";

const key = new Uint8Array(32).fill(7);

test("a caller token names its service", (t) => {
  t.is(createCallerVerifier(key)(callerToken(key, "order")), "order");
});

test("a caller token of another key, another name or no form is nobody's", (t) => {
  const verify = createCallerVerifier(key);
  const [, mac] = callerToken(key, "order").split(".");
  for (const token of [callerToken(new Uint8Array(32), "order"), `payment.${mac}`, "order", "", ".", "order."]) {
    t.is(verify(token), undefined, token);
  }
});
