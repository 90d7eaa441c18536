import { create } from "@bufbuild/protobuf";
import { AuthAdminService, AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { createLog } from "../../src/logging/pino-log.ts";
import { redact } from "../../src/logging/redact.ts";

function logInto(lines: unknown[], level: "debug" | "info" = "info") {
  return createLog({
    service: "order",
    level,
    region: "eu",
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
}

test("a line is one JSON object with service, level, message and fields", (t) => {
  const lines: unknown[] = [];
  logInto(lines).info("order placed", { orderId: "o1" });
  t.like(lines[0], {
    service: "order",
    region: "eu",
    level: "info",
    message: "order placed",
    orderId: "o1",
  });
});

test("a bound log carries the request id in every line", (t) => {
  const lines: unknown[] = [];
  const log = logInto(lines).bind({ request_id: "r1" });
  log.info("one");
  log.bind({ step: "hold" }).warn("two");
  t.like(lines, [{ request_id: "r1" }, { request_id: "r1", step: "hold" }]);
});

test("lines below the level are not written", (t) => {
  const lines: unknown[] = [];
  logInto(lines).debug("noise");
  t.deepEqual(lines, []);
  logInto(lines, "debug").debug("noise");
  t.is(lines.length, 1);
});

test("an error is written with its causes and without what else hangs on it", (t) => {
  const lines: unknown[] = [];
  const driver = Object.assign(new Error("lock wait"), {
    code: "ER_LOCK_WAIT_TIMEOUT",
    sql: "SELECT 'secret'",
  });
  logInto(lines).error("cannot place", {}, new DomainError("aborted", "RACE", { id: "1" }, { cause: driver }));
  t.like(lines[0], {
    error: {
      name: "DomainError",
      reason: "RACE",
      cause: { message: "lock wait", code: "ER_LOCK_WAIT_TIMEOUT" },
    },
  });
  t.false(JSON.stringify(lines).includes("secret"));
});

test("errors that cause each other end", (t) => {
  const lines: unknown[] = [];
  const error = new Error("round");
  error.cause = error;
  logInto(lines).error("went wrong", {}, error);
  t.is(lines.length, 1);
});

test("a secret handed over by name is not written", (t) => {
  const lines: unknown[] = [];
  logInto(lines).info("signed in", { token: "st_123", session_token: "st_123" });
  t.false(JSON.stringify(lines).includes("st_123"));
});

test("a sensitive field is redacted at any depth, its neighbours stay", (t) => {
  const signIn = AuthService.method.signIn.input;
  t.deepEqual(redact(signIn, create(signIn, { email: "ann@example.org", password: "tops3cret" })), {
    email: "[redacted]",
    password: "[redacted]",
  });
  const list = AuthAdminService.method.listAccounts.output;
  const shown = redact(
    list,
    create(list, {
      accounts: [{ id: "a1", email: "ann@example.org", createTime: { seconds: 1n, nanos: 0 } }],
    }),
  );
  t.deepEqual(shown, {
    accounts: [{ id: "a1", email: "[redacted]", createTime: "1970-01-01T00:00:01Z" }],
  });
});
