import test from "ava";
import { DomainError, isRefusal } from "../src/index.ts";

test("a refusal's message tells its reason and values", (t) => {
  t.is(new DomainError("not-found", "ORDER_NOT_FOUND").message, "order not found");
  const error = new DomainError("precondition", "ORDER_STATE", { from: "paid", to: "pending" });
  t.is(error.message, "order state: from=paid, to=pending");
});

test("a refusal keeps its kind, reason, metadata, violations and cause", (t) => {
  const cause = new Error("below");
  const violations = [{ field: "address.city", description: "is required", rule: "required" }];
  const error = new DomainError("invalid", "REQUEST_INVALID", { field: "x" }, { message: "no", violations, cause });
  t.true(error instanceof Error);
  t.like(error, {
    name: "DomainError",
    kind: "invalid",
    reason: "REQUEST_INVALID",
    message: "no",
    cause,
  });
  t.deepEqual(error.metadata, { field: "x" });
  t.deepEqual(error.violations, violations);
});

test("a refusal without a cause has none", (t) => {
  t.false("cause" in new DomainError("internal", "INTERNAL"));
});

test("a refusal is told by its reason", (t) => {
  const error: unknown = new DomainError("aborted", "RACE");
  t.true(isRefusal(error));
  t.true(isRefusal(error, "RACE"));
  t.false(isRefusal(error, "OTHER"));
  t.false(isRefusal(new Error("RACE"), "RACE"));
  t.false(isRefusal(undefined));
});
