/** Time that only moves when the test says so; `lagMs` is how late timers then come. */
export function virtualTime() {
  let nowMs = 0;
  let due: { atMs: number; work: () => void }[] = [];
  return {
    now: () => nowMs,
    after(ms: number, work: () => void) {
      const timer = { atMs: nowMs + ms, work };
      due.push(timer);
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
    pass(ms: number, lagMs = 0) {
      const endMs = nowMs + ms;
      const take = () => due.sort((one, other) => one.atMs - other.atMs).shift();
      for (let next = take(); next !== undefined; next = take()) {
        if (next.atMs + lagMs > endMs) {
          due.push(next);
          break;
        }
        nowMs = next.atMs + lagMs;
        next.work();
      }
      nowMs = Math.max(nowMs, endMs);
    },
    isIdle: () => due.length === 0,
  };
}
