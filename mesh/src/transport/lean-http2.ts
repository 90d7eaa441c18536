import { AsyncResource } from "node:async_hooks";
import http2, { type Http2Session } from "node:http2";
import { isMap, isSet } from "node:util/types";
import { Http2SubchannelConnector } from "@grpc/grpc-js/build/src/transport.js";
import { LeanMap, LeanSet } from "@shopmesh/kernel";

/** What Node keeps of a session's streams, under a symbol of its own. */
type SessionState = { streams: unknown; pendingStreams: unknown };

/**
 * Has each stream that this session carries forgotten when it ends: Node keeps them in a Map and a Set, from which nothing
 * young is ever freed (kernel's `lean.ts`). Before its first stream; leaves alone what has not the shape it knows.
 */
function leanSession(session: Http2Session): void {
  for (const symbol of Object.getOwnPropertySymbols(session)) {
    const state: unknown = Reflect.get(session, symbol);
    if (!isSessionState(state)) continue;
    state.streams = new LeanMap();
    state.pendingStreams = new LeanSet();
  }
}

function isSessionState(state: unknown): state is SessionState {
  if (typeof state !== "object" || state === null || !("streams" in state) || !("pendingStreams" in state))
    return false;
  const { streams, pendingStreams } = state;
  // Node's own kinds of both inherit from nothing.
  return isMap(streams) && streams.size === 0 && isSet(pendingStreams) && pendingStreams.size === 0;
}

let isLean = false;

/**
 * Has the sessions lean that are opened and accepted by `http2.connect` and `http2.createServer` from now on, grpc-js's among them
 * (a name that was imported from `node:http2` before is Node's own), and grpc-js's note of the calls under way, and
 * spares each HTTP/2 request what Node makes for the deprecated `asyncResource` of a bound function (DEP0172): a prototype
 * for every request, which V8 keeps, with the request, until all of the heap is collected. Once in a process.
 */
export function leanHttp2(): void {
  if (isLean) return;
  isLean = true;
  const { connect, createServer, createSecureServer } = http2;
  Object.assign(http2, {
    connect(...args: Parameters<typeof connect>) {
      const session = connect(...args);
      leanSession(session);
      return session;
    },
    createServer: (...args: Parameters<typeof createServer>) =>
      createServer(...args).prependListener("session", leanSession),
    createSecureServer: (...args: Parameters<typeof createSecureServer>) =>
      createSecureServer(...args).prependListener("session", leanSession),
  });
  leanCalls();
  AsyncResource.prototype.bind = bindBarely;
}

function leanCalls(): void {
  const { connect } = Http2SubchannelConnector.prototype;
  Http2SubchannelConnector.prototype.connect = async function connectLean(...args) {
    const transport: object = await connect.apply(this, args);
    const calls: unknown = Reflect.get(transport, "activeCalls");
    if (isSet(calls) && calls.size === 0) Reflect.set(transport, "activeCalls", new LeanSet());
    return transport as Awaited<ReturnType<typeof connect>>;
  };
}

type Bindable = (this: unknown, ...args: unknown[]) => unknown;

/** `AsyncResource.bind` without the property that nobody should read. */
function bindBarely<Bound extends Bindable>(this: AsyncResource, work: Bound, thisArg?: unknown): Bound {
  const inScope = this.runInAsyncScope.bind(this, work);
  return function bound(this: unknown, ...args: unknown[]) {
    return inScope(thisArg === undefined ? this : thisArg, ...args);
  } as Bound;
}
