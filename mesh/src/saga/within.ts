/** What `promise` gives within `ms`; undefined where it takes longer, and goes on by itself. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(timeout.resolve, Math.min(ms, 2 ** 31 - 1), undefined);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
