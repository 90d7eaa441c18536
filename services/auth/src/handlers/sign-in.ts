import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AccountRegisteredSchema,
  SessionRevokedSchema,
  SignedInSchema,
} from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Call, type Handlers, headerNames, type ServiceContext, type Tx } from "@shopmesh/mesh";
import { type Account, checkPassword, newAccount } from "../account.ts";
import type { Passwords } from "../effects/passwords.ts";
import { hashOf, newSecret } from "../effects/secrets.ts";
import { newSession, type Session } from "../session.ts";
import { findAccount, findSignIn, insertAccount } from "../store/accounts.ts";
import { notePlace } from "../store/attempts.ts";
import { endSession, findSession, insertSession } from "../store/sessions.ts";
import { accountToProto } from "./proto.ts";
import { personOf } from "./person.ts";
import { createTries, type TriesDeps } from "./tries.ts";

export type SignInDeps = Pick<ServiceContext, "clock" | "newId" | "entropy" | "revokeSession"> & {
  readonly passwords: Passwords;
} & TriesDeps;

type Methods = "register" | "signIn" | "signOut";

/** Coming and going. */
export function signInHandlers(deps: SignInDeps): Handlers<typeof AuthService, Methods> {
  const { clock, newId, entropy, revokeSession, passwords } = deps;
  const tries = createTries(deps);
  async function openSession(tx: Tx, account: Account, call: Call): Promise<{ session: Session; token: string }> {
    const token = newSecret("st_", entropy);
    const session = newSession({
      id: newId(),
      accountId: account.id,
      device: call.requestHeaders.get(headerNames.userAgent) ?? call.requestHeaders.get("user-agent") ?? "",
      nowMs: clock(),
    });
    await insertSession(tx, session, hashOf(token));
    tx.emit(
      SignedInSchema,
      { accountId: account.id, sessionId: session.id },
      { id: account.id, version: account.version },
    );
    return { session, token };
  }

  return {
    async register({ email, password, name }, call) {
      checkPassword(password, { email, name });
      const passwordHash = await passwords.hash(password);
      const account = newAccount({ id: newId(), email, name, createMs: clock() });
      const { session, token } = await call.transaction(async (tx) => {
        await insertAccount(tx, account, passwordHash);
        await notePlace(tx, tries.triedBy(email, call), clock());
        tx.emit(AccountRegisteredSchema, { accountId: account.id }, { id: account.id, version: account.version });
        return openSession(tx, account, call);
      });
      return { account: accountToProto(account), sessionToken: token, expireTime: timestampFromMs(session.expireMs) };
    },
    async signIn({ email, password }, call) {
      const tried = tries.triedBy(email, call);
      const isKnownPlace = await tries.count(call.sql, tried);
      const known = await findSignIn(call.sql, email);
      const isRight = await passwords.verify(known?.passwordHash, password);
      if (known === undefined || !isRight) throw new DomainError("unauthenticated", "CREDENTIALS_INVALID");
      const { account } = known;
      const { session, token } = await call.transaction(async (tx) => {
        await tries.succeed(tx, tried, isKnownPlace);
        return openSession(tx, account, call);
      });
      return { account: accountToProto(account), sessionToken: token, expireTime: timestampFromMs(session.expireMs) };
    },
    async signOut(_request, call) {
      const { id: accountId, sessionId } = personOf(call);
      await call.transaction(async (tx) => {
        if (!(await endSession(tx, sessionId, clock()))) return;
        const { version } = await findAccount(tx, accountId);
        tx.emit(SessionRevokedSchema, { accountId, sessionId }, { id: accountId, version });
      });
      // Also when it was over already: the process that ended it may have died before it could tell.
      if ((await findSession(call.sql, sessionId)) !== undefined) await revokeSession(sessionId);
      return {};
    },
  };
}
