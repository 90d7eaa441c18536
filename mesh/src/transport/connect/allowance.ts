/** What somebody may do: so many at once, and so many a second after that. */
export type Allowance = {
  /** Whether one more is allowed; it is taken. */
  take(): boolean;
  /** Whether one more would be allowed now. */
  isLeft(): boolean;
};

/** `burst` at once, `perSecond` after that; `now` in monotonic milliseconds. */
export function createAllowance(burst: number, perSecond: number, now = () => performance.now()): Allowance {
  let left = burst;
  let atMs = now();
  function refill(): number {
    const nowMs = now();
    left = Math.min(burst, left + ((nowMs - atMs) * perSecond) / 1_000);
    atMs = nowMs;
    return left;
  }
  return {
    take() {
      left = refill() - 1;
      return left >= 0;
    },
    isLeft: () => refill() >= 1,
  };
}
