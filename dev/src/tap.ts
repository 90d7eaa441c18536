export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
};

export type TapReader = {
  readonly read: (line: string) => void;
  readonly counts: () => TestCounts;
  /** The titles of what failed, to be told again at the end. */
  readonly failures: () => readonly string[];
};

/**
 * Reads the TAP of a test run line by line, writes it for a person and counts. Each "not ok" counts as a failure,
 * whether a test, a crash, or a file without tests.
 */
export function tapReader(write: (line: string) => void): TapReader {
  let counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  return {
    read(line) {
      const result = /^(not )?ok \d+ - (.*)$/.exec(line);
      if (result === null) {
        if (!/^(TAP version|1\.\.\d|# (tests|pass|skip|fail|todo) \d|$)/.test(line) && !/^ {2}(---|\.\.\.)$/.test(line))
          write(line);
        return;
      }
      const [, not, title = ""] = result;
      const skipped = /# (SKIP|TODO)\b/i.test(title);
      if (skipped) counts = { ...counts, skipped: counts.skipped + 1 };
      else if (not) {
        counts = { ...counts, failed: counts.failed + 1 };
        failures.push(title);
      } else counts = { ...counts, passed: counts.passed + 1 };
      write(`${skipped ? "-" : not ? "✘" : "✔"} ${title}`);
    },
    counts: () => counts,
    failures: () => failures,
  };
}
