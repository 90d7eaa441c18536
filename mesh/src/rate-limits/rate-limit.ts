/** At most `max` calls of one key in a window that begins with its first. */
export type RateLimit = {
  /** Unique in the process: in the headers, and in the keys of the store. */
  readonly name: string;
  readonly max: number;
  /** A whole number of seconds. */
  readonly windowMs: number;
};

/** How a key stands after a call. */
export type Standing = {
  /** Whether the call is to be refused. */
  readonly isOver: boolean;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
};
