import type { Message } from "@bufbuild/protobuf";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import type { Call } from "../call.ts";
import { pause } from "../backoff.ts";
import { isDuplicate } from "../database/errors.ts";
import { repeatedly } from "../database/open.ts";
import type { Interceptor, Next } from "../interceptors/interceptor.ts";
import type { Tx } from "../sql.ts";
import { type IdempotencyDeps, type KeyedRequest, keyedRequest, withTransaction } from "./request.ts";
import {
  answerClaim,
  insertAnswer,
  insertClaim,
  insertClaimLast,
  releaseClaim,
  renewClaim,
  takeClaimOver,
} from "./store.ts";

/** A call that has not been heard of for so long is believed dead. */
const LEASE_MS = 5_000;
const RENEW_MS = 2_000;
const LOOK_AGAIN_MS = 100;

/**
 * A claim is committed with the handler's first effect, the answer kept at the end; between them the handler may call the
 * outside, and is entered again after a crash, when the lease that the call renews has run out. A repeated call waits for the
 * one that runs, or takes over from one that died.
 */
export function resumable(deps: IdempotencyDeps): Interceptor {
  return (next) => async (request, call) => {
    const keyed = keyedRequest(request, call, deps);
    return keyed === undefined ? next(request, call) : answer(next, request, call, { keyed, deps });
  };
}

type Ground = { readonly keyed: KeyedRequest; readonly deps: IdempotencyDeps };

async function answer(next: Next, request: Message, call: Call, ground: Ground): Promise<Message> {
  const { keyed, deps } = ground;
  const claiming = claimingCall(call, ground);
  let response: Message;
  try {
    // Streams have no idempotency: a unary method answers with one message.
    response = (await next(request, claiming.call)) as Message;
  } catch (error) {
    if (claiming.isHeld()) await release(await claiming.end(), ground);
    else {
      // Another call with this key did, or does, what this one met.
      const kept = await keptByOther(call, ground);
      if (kept !== undefined) return kept;
      if (claiming.isRefused()) return answer(next, request, call, ground);
    }
    throw error;
  } finally {
    await claiming.end();
  }
  return claiming.isHeld() ? keepUnderClaim(response, ground) : keepWithoutClaim(response, { keyed, deps });
}

/** The answer of another call with this key, waited for while that one runs; undefined where none is kept. Throws REQUEST_RUNNING. */
async function keptByOther({ deadlineMs, signal }: Call, { keyed, deps }: Ground): Promise<Message | undefined> {
  for (;;) {
    try {
      return await keyed.findKept();
    } catch (error) {
      const isLate = signal.aborted || deps.realTime() + 2 * LOOK_AGAIN_MS > deadlineMs;
      if (isLate || !isRefusal(error, "REQUEST_RUNNING")) throw error;
    }
    await pause(LOOK_AGAIN_MS);
  }
}

async function keepUnderClaim(response: Message, { keyed, deps }: Ground): Promise<Message> {
  const answer = keyed.encode(response);
  // A second call that looks at the claim in its transaction locks it: of the two the server may turn back this one.
  if (await repeatedly(() => answerClaim(deps.database.sql, keyed.scope, answer))) return response;
  // The lease ran out and whoever took over was faster: one answer for all.
  return (await keyed.findKept()) ?? response;
}

// The handler wrote nothing of its own: the answer is the first thing to keep.
async function keepWithoutClaim(response: Message, { keyed, deps }: Ground): Promise<Message> {
  try {
    await insertAnswer(deps.database.sql, keyed, keyed.encode(response));
    return response;
  } catch (error) {
    if (!isDuplicate(error, "PRIMARY")) throw error;
    return (await keyed.findKept()) ?? keepUnderClaim(response, { keyed, deps });
  }
}

async function release(leaseUntilMs: number, { keyed, deps }: Ground): Promise<void> {
  try {
    await releaseClaim(deps.database.sql, keyed.scope, leaseUntilMs);
  } catch {
    // The handler's own error is the news; the lease ends by itself.
  }
}

type Claiming = {
  readonly call: Call;
  readonly isHeld: () => boolean;
  /** Whether another call held it. */
  readonly isRefused: () => boolean;
  /** Renews the lease no more; until when it runs. */
  readonly end: () => Promise<number>;
};

// Puts the claim into the handler's first transaction; later ones, and those beside it, find it held.
function claimingCall(call: Call, { keyed, deps }: Ground): Claiming {
  const lease = createLease(call, { keyed, deps });
  let isHeld = false;
  let isRefused = false;
  let first: Promise<unknown> | undefined;

  async function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    while (!isHeld && first !== undefined) await first.catch(() => undefined);
    if (isHeld) return call.transaction(work);
    const claimed = claimWith(work);
    first = claimed.then(
      () => {
        isHeld = true;
        lease.keep();
      },
      () => {
        first = undefined;
      },
    );
    return claimed.then(async (result) => {
      await first;
      return result;
    });
  }

  // Nearly always the key is new: its claim goes with the commit of what it claims, and costs no way of its own to the server.
  async function claimWith<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await call.transaction((tx) => {
        insertClaimLast(tx, keyed, lease.untilMs());
        return work(tx);
      });
    } catch (error) {
      if (!isDuplicate(error, "PRIMARY")) throw error;
    }
    return call.transaction(async (tx) => {
      await claim(tx);
      return work(tx);
    });
  }

  async function claim(tx: Tx): Promise<void> {
    try {
      await insertClaim(tx, keyed, lease.untilMs());
    } catch (error) {
      if (!isDuplicate(error, "PRIMARY")) throw error;
      // An answered or running request: what is kept decides, once the handler has ended by this refusal.
      if (await takeClaimOver(tx, keyed, deps.realTime(), lease.untilMs())) return;
      isRefused = true;
      throw new DomainError("aborted", "REQUEST_RUNNING");
    }
  }

  return {
    call: withTransaction(call, transaction, () => call.isInTransaction),
    isHeld: () => isHeld,
    isRefused: () => isRefused,
    end: lease.end,
  };
}

/** How long a claim is believed: a little longer each time that its call is seen to run, never past its deadline. */
function createLease({ deadlineMs }: Call, { keyed, deps }: Ground) {
  const next = (): number => Math.ceil(Math.min(deadlineMs, deps.realTime() + LEASE_MS));
  let untilMs = next();
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> = Promise.resolve();

  async function renew(): Promise<void> {
    const laterMs = next();
    try {
      if (await renewClaim(deps.database.sql, keyed.scope, { untilMs, laterMs })) untilMs = laterMs;
      else clearInterval(timer);
    } catch {
      // The database is away: the next time will tell.
    }
  }

  return {
    untilMs: () => untilMs,
    keep() {
      timer = setInterval(() => {
        renewing = renewing.then(renew);
      }, RENEW_MS);
    },
    async end() {
      clearInterval(timer);
      await renewing;
      return untilMs;
    },
  };
}
