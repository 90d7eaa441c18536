import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { nodeProgram } from "../../dev/src/paths.ts";
import { setNiceness } from "../../dev/src/processes.ts";
import { startMesh, type TestMesh } from "../../dev/src/testing.ts";
import { errorLines } from "../bad-input/logs.ts";
import type { Attack, Order } from "./parts/attacker.ts";
import { claim, share } from "./parts/claim.ts";
import { addEnds, type Ends, floodKinds, slowKinds } from "./parts/nuisances.ts";
import type { Claim, Proof } from "./proof.ts";

const sizes = {
  quick: { resets: 20_000, swarm: 20_000, floods: 20, slow: 200, inputs: 2, rounds: 2 },
  full: { resets: 20_000, swarm: 20_000, floods: 60, slow: 400, inputs: 5, rounds: 3 },
} as const;

/** How long the others are watched before and between attacks. */
const CALM_MS = 8_000;
/** Between two calls of one reader: people look at what they read. */
const READ_EVERY_MS = 10;
const READERS = 2;
const WARMING = "warming";
/** What a process may hold after the last round more than after the first, by which its heap has come to its size. */
const MEMORY_MARGIN_BYTES = 24 * 1024 * 1024;
/** And more than before the first: what its heap may come to by it. */
const FIRST_MARGIN_BYTES = 96 * 1024 * 1024;

/** So that who is slow is ended within a proof's time. */
const environment = {
  GATEWAY_HEADERS_TIMEOUT_MS: "2000",
  GATEWAY_BODY_TIMEOUT_MS: "2000",
  GATEWAY_IDLE_TIMEOUT_MS: "3000",
  GATEWAY_STALL_TIMEOUT_MS: "2000",
};

/** Everything that should never be sent, sent on purpose, while others read; afterwards nobody but the sender noticed. */
export const proof: Proof = {
  name: "bad-input",
  title: "resets, floods, slow clients, bombs and malformed input at the gateway and at a service's port",
  async run({ say, profile }) {
    const { rounds, ...counts } = sizes[profile];
    say("starting a small mesh");
    const services = ["gateway", "auth", "catalog", "inventory", "payment"];
    const mesh = await startMesh({ topology: "compact", services, seed: false, environment });
    try {
      const others = readOn(mesh.gatewayUrl);
      say("a first round of each, so that the processes are warm");
      for (const [kind, count] of Object.entries(counts)) await (await openAttack(mesh, kind, count)).begin();
      say("others read, nobody attacks");
      others.phase("calm");
      const gateway = pidOf(mesh, "gateway");
      const calm = spending(gateway);
      await delay(CALM_MS);
      const calmShare = calm() / CALM_MS;
      const held = [memoryOf(mesh)];
      const results: Record<string, Attack[]> = {};
      const spentMs: Record<string, number> = {};
      for (let round = 0; round < rounds; round++) {
        for (const [kind, count] of Object.entries(counts)) {
          say(`${kind}: ${count}`);
          const attack = await openAttack(mesh, kind, count);
          others.phase(kind);
          const [spent, begunMs] = [spending(gateway), performance.now()];
          (results[kind] ??= []).push(await attack.begin());
          spentMs[kind] = (spentMs[kind] ?? 0) + spent() - calmShare * (performance.now() - begunMs);
          others.phase("calm");
          await delay(CALM_MS / 4);
        }
        await delay(CALM_MS);
        held.push(memoryOf(mesh));
      }
      const read = await others.end();
      return [
        ...attackClaims(results, counts, rounds, spentMs),
        ...othersClaims(read),
        memoryClaim(held),
        logClaim(errorLines(mesh.logsFolder)),
      ];
    } finally {
      await mesh.stop();
    }
  },
};

/** Where the attacker stands for the processors: elsewhere it would have a machine of its own, here it takes what is left. */
const LAST = 10;

/** An attacker, ready to begin: what its process costs to start is not part of the attack. */
async function openAttack(mesh: TestMesh, kind: string, count: number) {
  const attacker = fork(join(import.meta.dirname, "parts/attacker.ts"), { execPath: nodeProgram, detached: true });
  if (attacker.pid !== undefined) setNiceness(attacker.pid, LAST);
  const heard = async (): Promise<Attack> => {
    const died = once(attacker, "exit").then(([code]) => Promise.reject(new Error(`the attacker ended with ${code}`)));
    const [said] = await Promise.race([once(attacker, "message"), died]);
    return said as Attack;
  };
  await heard();
  return {
    async begin(): Promise<Attack> {
      const order = { kind, count, gateway: new URL(mesh.gatewayUrl).host, service: mesh.address("catalog") };
      attacker.send(order satisfies Order);
      const result = await heard();
      attacker.disconnect();
      return result;
    },
  };
}

type Read = { readonly phase: string; readonly ms: number; readonly status: number };

/** People who read on, whatever happens; each call is noted under the phase it was made in. */
function readOn(gatewayUrl: string) {
  const calls: Read[] = [];
  const over = new AbortController();
  let phase = WARMING;
  const readers = Array.from({ length: READERS }, async () => {
    while (!over.signal.aborted) {
      const [begunIn, startedMs] = [phase, performance.now()];
      const status = await ask(gatewayUrl).catch(() => 0);
      if (begunIn === phase) calls.push({ phase: begunIn, ms: performance.now() - startedMs, status });
      await delay(READ_EVERY_MS);
    }
  });
  return {
    phase(name: string): void {
      phase = name;
    },
    async end(): Promise<readonly Read[]> {
      over.abort();
      await Promise.all(readers);
      return calls;
    },
  };
}

async function ask(gatewayUrl: string): Promise<number> {
  const response = await fetch(`${gatewayUrl}/shop.catalog.v1.CatalogService/ListCategories`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  await response.arrayBuffer();
  return response.status;
}

function attackClaims(
  results: Readonly<Record<string, readonly Attack[]>>,
  counts: Readonly<Record<string, number>>,
  rounds: number,
  spentMs: Readonly<Record<string, number>>,
): readonly Claim[] {
  const of = (kind: string) => (results[kind] ?? []).reduce(sum, { sent: 0, opened: 0, ended: 0, ends: {}, wrong: [] });
  const [floods, slow, inputs] = [of("floods"), of("slow"), of("inputs")];
  const resetsFrom = (kind: string, where: string): Claim => {
    const { sent, opened, ended } = of(kind);
    return claim(
      `rapid resets from ${where} end their connection, again and again`,
      // The last connection may have had too few.
      sent >= rounds * (counts[kind] ?? 0) && ended > 0 && ended >= opened - rounds,
      {
        resets: sent,
        "connections ended": share(ended, opened),
        "the gateway's processor time beyond calm, ms for 1,000": ((1_000 * (spentMs[kind] ?? 0)) / sent).toFixed(1),
      },
    );
  };
  return [
    resetsFrom("resets", "one address"),
    resetsFrom("swarm", "many addresses"),
    ...Object.keys(floodKinds).map((kind) => endsClaim(`a flood of ${kind} ends its connection`, floods.ends[kind])),
    ...Object.keys(slowKinds).map((kind) => endsClaim(`who ${kind} is ended`, slow.ends[kind])),
    claim(
      "every bad input gets its status and reason, never INTERNAL nor UNKNOWN",
      inputs.sent > 0 && inputs.wrong.length === 0,
      { sent: inputs.sent, wrong: inputs.wrong },
    ),
  ];
}

function endsClaim(sentence: string, { opened, refused, ended }: Ends = { opened: 0, refused: 0, ended: 0 }): Claim {
  const measured = { "ended in time": share(ended, opened), "turned away before": refused };
  return claim(sentence, opened > 0 && ended === opened, measured);
}

function sum(left: Attack, right: Attack): Attack {
  return {
    sent: left.sent + right.sent,
    opened: left.opened + right.opened,
    ended: left.ended + right.ended,
    ends: addEnds(left.ends, right.ends),
    wrong: [...left.wrong, ...right.wrong],
  };
}

function othersClaims(read: readonly Read[]): readonly Claim[] {
  const failed = read.filter(({ status }) => status !== 200).map(({ phase, status }) => `${phase}: ${status}`);
  const calm = p99(read, "calm");
  const phases = [...new Set(read.map(({ phase }) => phase))].filter((phase) => phase !== "calm" && phase !== WARMING);
  const times = Object.fromEntries(phases.map((phase) => [phase, p99(read, phase)]));
  const worst = Math.max(...Object.values(times));
  return [
    claim("nobody else's call fails", failed.length === 0 && read.length > 0, { calls: read.length, failed }),
    claim(
      "others' p99 stays within twice its own (attackers run at nice 10)",
      phases.length === 5 && worst <= 2 * calm,
      {
        "calm, ms": calm.toFixed(1),
        ...Object.fromEntries(Object.entries(times).map(([phase, ms]) => [phase, ms.toFixed(1)])),
      },
    ),
  ];
}

function p99(read: readonly Read[], phase: string): number {
  const times = read.flatMap((call) => (call.phase === phase ? [call.ms] : [])).sort((left, right) => left - right);
  return times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
}

function pidOf(mesh: TestMesh, service: string): number {
  const found = mesh.processes.find(({ name }) => name === mesh.processOf(service));
  if (found === undefined) throw new Error(`no process runs ${service}`);
  return found.pid;
}

const TICKS_PER_SECOND = 100;

/** Tells the processor time that a process has had since, in ms. */
function spending(pid: number): () => number {
  const read = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  };
  const beforeMs = read();
  return () => read() - beforeMs;
}

type Memory = ReadonlyMap<string, number>;

/** What the attacked processes hold, in bytes. */
function memoryOf(mesh: TestMesh): Memory {
  const attacked = [mesh.processOf("gateway"), mesh.processOf("catalog")];
  const processes = mesh.processes.filter(({ name }) => attacked.includes(name));
  return new Map(processes.map(({ name, pid }) => [`${name} ${pid}`, residentBytes(pid)]));
}

function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** `held`: before the first round, and after each. */
function memoryClaim(held: readonly Memory[]): Claim {
  const processes = [...(held.at(-1)?.keys() ?? [])];
  const isSame = processes.every((process) => held.every((memory) => memory.has(process)));
  const of = (process: string): readonly number[] => held.map((memory) => memory.get(process) ?? 0);
  const grownSince = (round: number) =>
    processes.map((process) => (of(process).at(-1) ?? 0) - (of(process)[round] ?? 0));
  const isFlat =
    grownSince(0).every((bytes) => bytes < FIRST_MARGIN_BYTES) &&
    grownSince(1).every((bytes) => bytes < MEMORY_MARGIN_BYTES);
  const megabytes = processes.map((process): [string, string] => [
    `${process.split(" ", 1)[0]}, MiB`,
    of(process)
      .map((bytes) => Math.round(bytes / 1024 / 1024))
      .join(" "),
  ]);
  return claim(
    "memory stays flat from round to round, and no process was started again",
    isSame && isFlat,
    Object.fromEntries(megabytes),
  );
}

function logClaim(lines: readonly string[]): Claim {
  return claim("nothing of it is logged as somebody's fault inside", lines.length === 0, {
    errors: lines.map((line) => line.slice(0, 200)),
  });
}
