import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  readonly startTime: string;
};

/** The identity of a running process; undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether that very process runs: same number and same start. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/**
 * Asks that very process to end and kills it, with the group that it leads, when it has not after `graceMs`.
 * True when it had to be killed.
 */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<boolean> {
  if (!isRunning(identity)) return false;
  signalProcess(identity.pid, "SIGTERM");
  if (await hasEnded(identity, graceMs)) return false;
  killGroup(identity.pid);
  await hasEnded(identity, 5_000);
  return true;
}

/** Kills a process and, where it leads a group, all that it started. */
export function killGroup(pid: number): void {
  signalProcess(-pid, "SIGKILL");
  signalProcess(pid, "SIGKILL");
}

/** Sends a signal; a process that has ended already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/**
 * Says how a process that leads a session, and all that it starts from now on, stands to others that want the processors:
 * from -20, first, to 19, last. False where that is not allowed (below 0 to root alone): it stays as it is.
 */
export function setNiceness(pid: number, niceness: number): boolean {
  try {
    for (const thread of threadsOf(pid)) setPriority(thread, niceness);
    // Linux may weigh whole sessions first (sched_autogroup): the number above then counts within this one only.
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
    return true;
  } catch {
    // A courtesy: a process that may not have it, or has ended, does without.
    return false;
  }
}

// Linux keeps it for each thread: those that run take none of it from their process.
function threadsOf(pid: number): readonly number[] {
  return process.platform === "linux" ? readdirSync(`/proc/${pid}/task`).map(Number) : [pid];
}

/** The memory that a process takes, in bytes: its share (Pss) where the system tells, else what is resident. */
export function memoryBytesOf(pid: number): number {
  const rollup = readProc(pid, "smaps_rollup") ?? "";
  const kilobytes =
    /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? /^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, "status") ?? "")?.[1];
  return Number(kilobytes ?? psOf(pid, "rss=") ?? 0) * 1024;
}

/** The `code` of a system error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

// Another's process is not a child: nothing tells of its end, so it is looked at.
async function hasEnded(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await delay(25);
  }
  return true;
}

function startTimeOf(pid: number): string | undefined {
  if (process.platform !== "linux") return psOf(pid, "lstart=");
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold anything: fields are counted from behind it.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : `${fields[18]}@${bootId()}`;
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}

// The start is counted from the machine's own: after a restart the same number may come again.
function bootId(): string {
  const file = "/proc/sys/kernel/random/boot_id";
  return existsSync(file) ? readFileSync(file, "utf8").trim().slice(0, 8) : "";
}

function psOf(pid: number, column: string): string | undefined {
  try {
    return (
      execFileSync("ps", ["-o", column, "-p", String(pid)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim() || undefined
    );
  } catch {
    // ps ends with an error where there is no such process.
    return undefined;
  }
}
