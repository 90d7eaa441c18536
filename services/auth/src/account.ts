import { DomainError } from "@shopmesh/kernel";

/** What an account may do. */
export type AccountRole = "customer" | "seller" | "support" | "admin";

/** Who somebody is to the shop. */
export type Account = {
  readonly id: string;
  readonly version: number;
  /** As it was typed. */
  readonly email: string;
  readonly name: string;
  /** In the order of `accountRoles`. */
  readonly roles: readonly AccountRole[];
  /** The seller it works for; with the role "seller" only. */
  readonly sellerId: string | undefined;
  readonly createMs: number;
};

/** All roles, the most common first. */
export const accountRoles: readonly AccountRole[] = ["customer", "seller", "support", "admin"];

const MIN_DISTINCT_CHARACTERS = 5;

/** Passwords of ten characters and more that everybody tries first. */
const commonPasswords: ReadonlySet<string> = new Set([
  "1234567890",
  "0123456789",
  "0987654321",
  "12345678910",
  "123456789a",
  "1q2w3e4r5t",
  "1q2w3e4r5t6y",
  "1qaz2wsx3edc",
  "abcdefghij",
  "administrator",
  "changeme123",
  "football123",
  "iloveyou123",
  "letmein123",
  "password10",
  "password12",
  "password123",
  "password1234",
  "passwordpassword",
  "q1w2e3r4t5",
  "qwerty12345",
  "qwerty123456",
  "qwertyuiop",
  "qwertyuiop123",
  "sunshine123",
  "welcome123",
  "welcome1234",
]);

/** The form of an address by which accounts are told apart: whatever its case and surrounding space. */
export function normalizeEmail(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

/** The form in which a password is hashed: the same whatever keyboard typed it. */
export function normalizePassword(password: string): string {
  return password.normalize("NFKC");
}

/** Throws PASSWORD_TOO_WEAK for one that is guessed before the first thousand tries. */
export function checkPassword(password: string, owner: Pick<Account, "email" | "name">): void {
  const guess = normalizePassword(password).toLowerCase();
  const email = normalizeEmail(owner.email);
  const own = [email, email.split("@")[0], owner.name.trim().toLowerCase()];
  if (commonPasswords.has(guess)) throw weak("common");
  if (own.includes(guess)) throw weak("personal");
  if (new Set(guess).size < MIN_DISTINCT_CHARACTERS) throw weak("repetitive");
}

/** A new account: everybody is a customer. */
export function newAccount(fields: Pick<Account, "id" | "email" | "name" | "createMs">): Account {
  return { ...fields, email: fields.email.trim(), version: 1, roles: ["customer"], sellerId: undefined };
}

/** The account with `role`; the same one when it has it. Throws SELLER_REQUIRED, SELLER_DIFFERENT. */
export function grantRole(account: Account, role: AccountRole, sellerId: string | undefined): Account {
  if (role === "seller" && sellerId === undefined)
    throw new DomainError("invalid", "SELLER_REQUIRED", { field: "seller_id" });
  if (role === "seller" && account.sellerId !== undefined && account.sellerId !== sellerId) {
    throw new DomainError("precondition", "SELLER_DIFFERENT", { account_id: account.id, seller_id: account.sellerId });
  }
  if (account.roles.includes(role)) return account;
  return {
    ...account,
    version: account.version + 1,
    roles: accountRoles.filter((other) => other === role || account.roles.includes(other)),
    sellerId: role === "seller" ? sellerId : account.sellerId,
  };
}

/**
 * The account without `role`; the same one when it has it not. `adminCount` counts the accounts that are administrators
 * now, this one among them. Throws LAST_ADMIN, ROLE_PERMANENT (everybody stays a customer).
 */
export function revokeRole(account: Account, role: AccountRole, adminCount: number): Account {
  if (role === "customer") throw new DomainError("precondition", "ROLE_PERMANENT", { role });
  if (!account.roles.includes(role)) return account;
  if (role === "admin" && adminCount <= 1)
    throw new DomainError("precondition", "LAST_ADMIN", { account_id: account.id });
  return {
    ...account,
    version: account.version + 1,
    roles: account.roles.filter((other) => other !== role),
    sellerId: role === "seller" ? undefined : account.sellerId,
  };
}

function weak(cause: string): DomainError {
  const violation = {
    field: "password",
    description: `is ${cause}: choose one that others would not guess`,
    rule: "password",
  };
  return new DomainError("invalid", "PASSWORD_TOO_WEAK", { cause }, { violations: [violation] });
}
