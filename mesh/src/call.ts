import type { DescMethod } from "@bufbuild/protobuf";
import type { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Sql, Tx } from "./sql.ts";

/** What a person may do. */
export type Role = "customer" | "seller" | "support" | "admin";

/** The person or program on whose behalf a call is made. */
export type Actor =
  | { readonly kind: "anonymous" }
  /** Holds one access token; `tokenHash` is its SHA-256 in hex. */
  | { readonly kind: "guest"; readonly tokenHash: string }
  | {
      readonly kind: "person";
      readonly id: string;
      readonly roles: readonly Role[];
      /** The seller this person is a member of. */
      readonly sellerId: string | undefined;
      readonly sessionId: string;
    }
  /** A service acting for itself: a resumed saga, a consumer, a schedule. */
  | { readonly kind: "service"; readonly name: string };

/** Header names are lower case; values are ASCII. */
export type RequestHeaders = { get(name: string): string | undefined };
export type ResponseHeaders = { set(name: string, value: string): void };

/** On whose behalf, until when and for what a call is made: a handler passes its own `call` on. */
export type Origin = {
  /** The actor's token; empty: the calling service acts for itself. */
  readonly actorToken: string;
  /** Epoch ms of real time (never the virtual clock); Infinity for none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Names one request of the outside through all its hops. */
  readonly requestId: string;
  /** The program at the far end, where the contract opens a session for it. */
  readonly userAgent?: string;
  /** True while a transaction is open: a call to another service is then a bug and throws. */
  readonly isInTransaction: boolean;
  /** How much what the call is part of matters; default: as the called method's contract says. */
  readonly criticality?: Criticality | undefined;
  /** The address of the client at the gateway, a prefix for IPv6; unknown for work that no client asked for. */
  readonly clientAddress?: string | undefined;
};

/** Everything a handler may know of the call it answers, and its way to the database. */
export type Call = Origin & {
  readonly method: DescMethod;
  readonly actor: Actor;
  /** The services that the caller's certificate names; absent without TLS. */
  readonly peer?: readonly string[] | undefined;
  /** The service that calls; "gateway" for the edge; empty for a stranger. */
  readonly caller: string;
  readonly region: string;
  /** The owner that let the actor in, where one was looked up: what its finder read to tell may serve the handler, too. */
  readonly owner?: object;
  readonly requestHeaders: RequestHeaders;
  readonly responseHeaders: ResponseHeaders;
  /** Statements outside a transaction, each on its own. Throws where the service has no database. */
  readonly sql: Sql;
  /**
   * Runs `work` in a transaction. In an ATOMIC method all of them are one transaction, which also holds the
   * idempotency key and the response and is committed after the handler returns. Elsewhere each is its own,
   * tried again (bounded) after a deadlock: `work` must be repeatable.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
};

/** The key that scopes what a principal does: idempotency keys, rate limits. */
export function principalOf(actor: Actor, caller: string): string {
  switch (actor.kind) {
    case "person":
      return `person:${actor.id}`;
    case "guest":
      return `guest:${actor.tokenHash}`;
    case "service":
      return `service:${actor.name}`;
    case "anonymous":
      return `anonymous:${caller}`;
  }
}

/** The id of the signed-in person, undefined for anybody else. */
export function personIdOf(actor: Actor): string | undefined {
  return actor.kind === "person" ? actor.id : undefined;
}
