/** A read-through cache over Redis; a missing Redis is a miss. MySQL stays the truth. */
export type Cache = {
  /**
   * The cached value at `key`, or what `load` gives, kept for `lifetime` only if its version is newer than what is there.
   * Loads of one key are single flight in this process. Callers share the value: nobody changes it.
   */
  through<T>(
    key: string,
    lifetime: CacheLifetime,
    codec: CacheCodec<T>,
    load: () => Promise<Versioned<T> | undefined>,
  ): Promise<T | undefined>;
  /** Drops keys after a commit. */
  drop(...keys: readonly string[]): Promise<void>;
};

/** How long a value is kept. */
export type CacheLifetime = {
  /** In Redis, for every process. */
  readonly ttlMs: number;
  /** In this process, which asks nobody meanwhile: so long a drop by another process goes unseen. Default: not at all. */
  readonly heldMs?: number;
};

/** A value and the version of the row it was made from. */
export type Versioned<T> = { readonly version: number | bigint; readonly value: T };

/** How a value becomes bytes and comes back. */
export type CacheCodec<T> = {
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
};
