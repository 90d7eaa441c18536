import type { Message } from "@bufbuild/protobuf";
import { Live, Session } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import {
  contractOf,
  type Dispatch,
  headerNames,
  type Incoming,
  isAsyncIterable,
  isPublic,
  type Log,
  newRequestId,
  withServerSpan,
  withServerStreamSpan,
} from "@shopmesh/mesh";
import type { MethodContract, Origin, ServiceContext } from "@shopmesh/mesh";
import type { FindAnswerer } from "./contracts.ts";
import { type Credentials, SESSION_COOKIE, type Shown, stranger } from "./credentials.ts";
import type { StreamLimits } from "./live/limits.ts";
import type { LiveStreams } from "./live/live.ts";
import { type Limits, rateLimitFields, retryAfterOf } from "./limits.ts";
import { createTurns, type Turns } from "./turns.ts";
import { toldOutside } from "./unanswered.ts";

/** What forwarding needs. */
export type ForwardDeps = {
  readonly send: ServiceContext["forward"];
  readonly answererOf: FindAnswerer;
  readonly credentials: Credentials;
  /** Answers what carries other streams. */
  readonly live: Pick<LiveStreams, "watch">;
  /** Counts the others. */
  readonly streams: StreamLimits;
  readonly rates: Limits;
  /** Whether browsers reach the shop by https: the cookie is then Secure. */
  readonly isSecure: boolean;
  readonly log: Log;
};

type Asked = { readonly contract: MethodContract; readonly incoming: Incoming; readonly origin: Origin };

/** Answers every call by sending it to the contract's owner, as the actor that its cookie or bearer token names. */
export function createForward(deps: ForwardDeps): Dispatch {
  const turns = createTurns();
  return async (method, incoming) => {
    const contract = contractOf(method);
    const origin = originOf(incoming);
    incoming.responseHeaders.set(headerNames.requestId, origin.requestId);
    if (!isPublic(contract)) incoming.responseHeaders.set("cache-control", "private, no-store");
    const told = (error: unknown) => tellFailure(error, { contract, incoming, origin }, deps.log);
    try {
      const answer = await inSpan(contract, incoming.headers, () =>
        forward({ contract, incoming, origin }, { ...deps, turns }),
      );
      return isAsyncIterable(answer) ? tellingFailure(answer, told) : answer;
    } catch (error) {
      throw told(error);
    }
  };
}

/** A failure as the client is told of it, in the log where that says less; with it goes when to come back. */
function tellFailure(error: unknown, { contract, incoming, origin }: Asked, log: Log): unknown {
  const told = toldOutside(error);
  const fields = { method: contract.path, requestId: origin.requestId };
  if (!(error instanceof DomainError)) log.error("a call was not forwarded", fields, error);
  else if (told !== error) log.warn("a call got no answer", fields, error);
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) incoming.responseHeaders.set("retry-after", retryAfter);
  return told;
}

/** A stream fails where it is read. */
async function* tellingFailure(
  messages: AsyncIterable<Message>,
  told: (error: unknown) => unknown,
): AsyncIterable<Message> {
  try {
    yield* messages;
  } catch (error) {
    throw told(error);
  }
}

type Answer = Message | AsyncIterable<Message>;

/** Answers in the gateway's own span: the first of a trace, or a child of the one that the client began. */
async function inSpan(
  { method }: MethodContract,
  headers: Incoming["headers"],
  run: () => Promise<Answer>,
): Promise<Answer> {
  // A client may name the trace; whether it is kept is not its to say.
  const named = {
    get: (name: string) => (name === "traceparent" ? headers.get(name)?.replace(/-00$/, "-01") : headers.get(name)),
  };
  if (method.methodKind === "unary") return withServerSpan(method, named, run, "gateway");
  return withServerStreamSpan(method, named, () => opened(run), "gateway");
}

async function* opened(run: () => Promise<Answer>): AsyncIterable<Message> {
  yield* (await run()) as AsyncIterable<Message>;
}

/** A request's origin: its deadline and id; an id that is no plain word is replaced. */
export function originOf({ headers, deadlineMs, signal }: Pick<Incoming, "headers" | "deadlineMs" | "signal">): Origin {
  const given = headers.get(headerNames.requestId);
  const requestId = given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : newRequestId();
  const clientAddress = headers.get(headerNames.clientAddress) ?? "";
  return { actorToken: "", deadlineMs, signal, requestId, isInTransaction: false, clientAddress };
}

async function forward(
  asked: Asked,
  deps: ForwardDeps & { readonly turns: Turns },
): Promise<Message | AsyncIterable<Message>> {
  const { contract, incoming, origin } = asked;
  const name = deps.answererOf(contract.method.parent, incoming.request);
  const shown = await actorOf(asked, deps);
  const { actorToken, principal } = shown;
  const { clientAddress: address = "" } = origin;
  const verdict = await deps.rates.countCall(contract, { address, principal });
  if (verdict !== undefined) {
    const { policy, state } = rateLimitFields(verdict);
    incoming.responseHeaders.set("ratelimit-policy", policy);
    incoming.responseHeaders.set("ratelimit", state);
  }
  if (contract.live === Live.TOPICS) {
    incoming.responseHeaders.set("cache-control", "private, no-store");
    return deps.live.watch({ incoming, origin, shown });
  }
  const send = () => deps.send(name, contract, incoming.request, { ...origin, actorToken, ...agentOf(asked) });
  if (contract.live !== Live.UNSPECIFIED) {
    return counted(send, () => deps.streams.enter({ shown, address }, { streams: 0, topics: 1 }));
  }
  try {
    const response = (await send()) as Message;
    await deps.turns.take();
    setCookie(asked, response, deps);
    return response;
  } catch (error) {
    // The session ended after its exchange: the next call asks anew.
    if (actorToken !== "" && isUnauthenticated(error)) endSession(incoming, deps);
    throw error;
  }
}

/** A stream that is counted for as long as it is read. */
async function* counted(open: () => ReturnType<ForwardDeps["send"]>, enter: () => () => void): AsyncIterable<Message> {
  const leave = enter();
  try {
    yield* open() as AsyncIterable<Message>;
  } finally {
    leave();
  }
}

const MAX_AGENT_LENGTH = 256;

/** A new session is shown to its owner by the program that opened it. */
function agentOf({ contract, incoming }: Asked): Pick<Origin, "userAgent"> {
  const named = contract.session === Session.ISSUES ? incoming.headers.get("user-agent") : undefined;
  return named === undefined ? {} : { userAgent: named.replaceAll(/[^ -~]/g, "?").slice(0, MAX_AGENT_LENGTH) };
}

/** Whoever asks for a session is a stranger; so is, where strangers are let in, the holder of a cookie that has ended. */
async function actorOf({ contract, incoming, origin }: Asked, deps: ForwardDeps): Promise<Shown> {
  if (contract.session === Session.ISSUES) return stranger;
  try {
    return await deps.credentials.actor(incoming.headers, origin);
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
    if (hasBearer(incoming)) throw error;
    endSession(incoming, deps);
    if (isPublic(contract)) return stranger;
    throw error;
  }
}

const COOKIE_MAX_AGE_S = 30 * 24 * 3_600;

function setCookie({ contract, incoming }: Asked, response: Message, deps: ForwardDeps): void {
  if (contract.session === Session.ENDS) endSession(incoming, deps);
  if (contract.session !== Session.ISSUES) return;
  if ("sessionToken" in response && typeof response.sessionToken === "string" && response.sessionToken !== "") {
    incoming.responseHeaders.set("set-cookie", cookieOf(response.sessionToken, COOKIE_MAX_AGE_S, deps));
  }
}

/** Forgets the credential; a cookie, which only the gateway can take back, is taken back. */
function endSession(incoming: Incoming, deps: ForwardDeps): void {
  deps.credentials.forget(incoming.headers);
  if (!hasBearer(incoming)) incoming.responseHeaders.set("set-cookie", cookieOf("", 0, deps));
}

function cookieOf(value: string, maxAgeSeconds: number, { isSecure }: ForwardDeps): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${isSecure ? "; Secure" : ""}`;
}

function hasBearer({ headers }: Incoming): boolean {
  return (headers.get(headerNames.actor) ?? "") !== "";
}

function isUnauthenticated(error: unknown): boolean {
  return isRefusal(error) && error.kind === "unauthenticated";
}
