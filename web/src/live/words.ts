/** What a tab follows, as it travels: a Watch RPC and where to go on. */
export type LiveTopic = {
  /** "shop.order.v1.OrderService/WatchOrder". */
  readonly method: string;
  readonly typeName: string;
  /** The request in protobuf's binary form. */
  readonly request: Uint8Array;
  /** Whether each message is the whole state: tabs then share the topic. */
  readonly isState: boolean;
  /** A guest's key; empty for the session's cookie, or nobody's. */
  readonly accessToken: string;
  readonly cursor: string;
};

/** What a tab says to the hub. */
export type ToHub =
  /** Names a lock that this tab holds, and has until it is gone. */
  | { readonly kind: "hello"; readonly lock: string }
  | { readonly kind: "follow"; readonly id: number; readonly topic: LiveTopic }
  | { readonly kind: "leave"; readonly id: number }
  /** Somebody signed in or out, or the browser is online again: what is open may be another's, or dead. */
  | { readonly kind: "renew" }
  | { readonly kind: "bye" };

/** What the hub says to a tab, of the topic that the tab named `id`. */
export type FromHub =
  | { readonly kind: "message"; readonly id: number; readonly cursor: string; readonly response: Uint8Array }
  | { readonly kind: "flow"; readonly id: number; readonly isLive: boolean }
  /** It says nothing more; `error` is a google.rpc.Status in binary form, absent where it ended well. */
  | { readonly kind: "ended"; readonly id: number; readonly error: Uint8Array | undefined };
