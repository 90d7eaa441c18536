import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import { type Account, checkPassword, grantRole, newAccount, normalizeEmail, revokeRole } from "../src/account.ts";

const SELLER = "0198a000-0000-7000-8000-000000000001";

function account(overrides: Partial<Account> = {}): Account {
  return { ...newAccount({ id: "a", email: "mira@example.org", name: "Mira", createMs: 1 }), ...overrides };
}

test("an address is the same whatever its case and surrounding space", (t) => {
  t.is(normalizeEmail("  Mira@Example.ORG "), "mira@example.org");
});

test("everybody begins as a customer", (t) => {
  t.deepEqual(account().roles, ["customer"]);
});

test("a seller role needs a seller", (t) => {
  t.throws(() => grantRole(account(), "seller", undefined), { message: /seller required/ });
  t.like(grantRole(account(), "seller", SELLER), { roles: ["customer", "seller"], sellerId: SELLER, version: 2 });
});

test("an account works for one seller only", (t) => {
  const seller = grantRole(account(), "seller", SELLER);
  const error = t.throws(() => grantRole(seller, "seller", "0198a000-0000-7000-8000-000000000002"));
  t.true(isRefusal(error, "SELLER_DIFFERENT"));
});

test("granting a role that is there, or taking one that is not, changes nothing", (t) => {
  const seller = grantRole(account(), "seller", SELLER);
  t.is(grantRole(seller, "seller", SELLER), seller);
  t.is(revokeRole(seller, "support", 1), seller);
});

test("a seller without the role has no seller", (t) => {
  const seller = grantRole(account(), "seller", SELLER);
  t.like(revokeRole(seller, "seller", 1), { roles: ["customer"], sellerId: undefined });
});

test("the last administrator stays one", (t) => {
  const admin = account({ roles: ["customer", "admin"] });
  t.true(
    isRefusal(
      t.throws(() => revokeRole(admin, "admin", 1)),
      "LAST_ADMIN",
    ),
  );
  t.deepEqual(revokeRole(admin, "admin", 2).roles, ["customer"]);
});

test("everybody stays a customer", (t) => {
  t.true(
    isRefusal(
      t.throws(() => revokeRole(account(), "customer", 1)),
      "ROLE_PERMANENT",
    ),
  );
});

const weak = test.macro({
  exec(t, password: string, cause: string) {
    const error = t.throws(() => checkPassword(password, { email: "long.address@example.org", name: "Mira Vandeput" }));
    t.like(error, { reason: "PASSWORD_TOO_WEAK", metadata: { cause } });
  },
  title: (_, password) => `the password "${password}" is too weak`,
});
test(weak, "Password123", "common");
test(weak, "Long.Address@example.org", "personal");
test(weak, "long.address", "personal");
test(weak, "mira vandeput", "personal");
test(weak, "aaaaabbbbbcccc", "repetitive");

test("a long password that nobody knows is taken", (t) => {
  t.notThrows(() => checkPassword("customer-demo-1", { email: "customer@shopmesh.example", name: "Mira" }));
});
