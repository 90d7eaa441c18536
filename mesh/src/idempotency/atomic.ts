import type { Message } from "@bufbuild/protobuf";
import { isRefusal } from "@shopmesh/kernel";
import type { Call } from "../call.ts";
import type { Database, OpenTransaction } from "../database/database.ts";
import { asContention, isDuplicate } from "../database/errors.ts";
import { repeatedly } from "../database/open.ts";
import type { Interceptor, Next } from "../interceptors/interceptor.ts";
import type { Tx } from "../sql.ts";
import { type IdempotencyDeps, type KeyedRequest, keyedRequest, withTransaction } from "./request.ts";
import { insertAnswer, insertAnswerLast } from "./store.ts";

/** Key, effect and answer are one transaction: a failed effect keeps nothing, a repeated request gets the kept answer. */
export function atomic(deps: IdempotencyDeps): Interceptor {
  return (next) => async (request, call) => {
    const keyed = keyedRequest(request, call, deps);
    return repeatedly(() => attempt(next, request, call, { keyed, database: deps.database }));
  };
}

type Attempt = { readonly keyed: KeyedRequest | undefined; readonly database: Database };

async function attempt(next: Next, request: Message, call: Call, { keyed, database }: Attempt): Promise<Message> {
  const joined = joinedTransaction(call, database);
  let response: Message;
  try {
    // Streams have no idempotency: a unary method answers with one message.
    response = (await next(request, joined.call)) as Message;
  } catch (error) {
    await joined.rollback();
    // What the handler met may be the effect of this very request, done before.
    const kept = await keyed?.findKept();
    if (kept !== undefined) return kept;
    throw error;
  }
  try {
    await joined.commit(keyed === undefined ? undefined : { keyed, response });
    return response;
  } catch (error) {
    await joined.rollback();
    // What the handler relied on has changed since: it is asked again.
    if (isRefusal(error) && error.kind === "aborted") throw asContention(error);
    if (keyed === undefined || !isDuplicate(error, "PRIMARY")) throw error;
    const kept = await keyed.findKept();
    if (kept === undefined) throw error;
    return kept;
  }
}

type Answer = { readonly keyed: KeyedRequest; readonly response: Message };

type Joined = {
  readonly call: Call;
  /** Keeps the answer, too. */
  commit(answer: Answer | undefined): Promise<void>;
  rollback(): Promise<void>;
};

// All of the handler's transactions are one, begun by the first of them.
function joinedTransaction(call: Call, database: Database): Joined {
  let open: Promise<OpenTransaction> | undefined;
  let running = 0;
  let finished = 0;
  let failure: { readonly error: unknown } | undefined;

  async function transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (failure !== undefined) throw failure.error;
    open ??= database.begin();
    const { tx } = await open;
    running += 1;
    try {
      const result = await work(tx);
      finished += 1;
      return result;
    } catch (error) {
      // Alone so far, it is taken back by itself and the handler may go on; else what it did cannot be told apart.
      if (running === 1 && finished === 0) await rollback();
      else failure ??= { error };
      throw error;
    } finally {
      running -= 1;
    }
  }

  async function rollback(): Promise<void> {
    const ending = open;
    open = undefined;
    await (await ending)?.rollback();
  }

  async function commit(answer: Answer | undefined): Promise<void> {
    if (failure !== undefined) throw failure.error;
    const ending = await open;
    if (answer !== undefined) {
      const { keyed, response } = answer;
      if (ending === undefined) await insertAnswer(database.sql, keyed, keyed.encode(response));
      else insertAnswerLast(ending.tx, keyed, keyed.encode(response));
    }
    await ending?.commit();
    open = undefined;
  }

  return { call: withTransaction(call, transaction, () => open !== undefined), commit, rollback };
}
