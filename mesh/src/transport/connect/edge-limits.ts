/** What a connection and what it carries may cost the edge. Times in ms, sizes in bytes. */
export type EdgeLimits = {
  /** Connections in all. */
  readonly maxConnections: number;
  /** Connections from one address that is no proxy. */
  readonly maxConnectionsPerAddress: number;
  /** From a connection's beginning to its first byte, and from a request's first byte to the end of its head. */
  readonly headersTimeoutMs: number;
  /** From a request's first byte to its last, over HTTP/1.1. */
  readonly requestTimeoutMs: number;
  /** A connection without a request is closed after this. */
  readonly idleTimeoutMs: number;
  /** All headers of a request. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  /** Requests side by side on one HTTP/2 connection. */
  readonly maxStreams: number;
  /** What one HTTP/2 connection may hold in memory. */
  readonly maxSessionBytes: number;
  /** Streams that a client may reset at once, and each second after that; more end its connection. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** As with resets, for PING and SETTINGS frames. */
  readonly controlBurst: number;
  readonly controlsPerSecond: number;
};

export const defaultEdgeLimits: EdgeLimits = {
  maxConnections: 5_000,
  maxConnectionsPerAddress: 500,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 75_000,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 100,
  maxStreams: 100,
  maxSessionBytes: 10_000_000,
  resetBurst: 100,
  resetsPerSecond: 10,
  controlBurst: 500,
  controlsPerSecond: 50,
};
