import {
  type ActionOutcome,
  begin,
  isAtRest,
  isCarried,
  isOver,
  nextActions,
  perhapsFurther,
  type SagaAction,
  shapeOf,
  turnBack,
} from "../src/saga/machine.ts";
import { type RoundDeps, settle } from "../src/saga/round.ts";
import type { SagaRow } from "../src/saga/store.ts";
import { nameOf, planOf, type Scenario, type Script } from "./saga-scenario.ts";

/** What happened in a run, and how it ended. */
export type Run = {
  readonly steps: number;
  readonly phase: SagaRow<object>["progress"]["phase"];
  readonly refusal: string;
  /** By step: what was done in the end and never taken back. */
  readonly performed: readonly string[];
  readonly wrong: readonly string[];
  readonly met: Readonly<Record<Fault, number>>;
};

export const faults = [
  "lost",
  "reply lost",
  "duplicate",
  "late",
  "crash",
  "overtaken",
  "tombstone",
  "turned back",
  "too late",
  "carried",
] as const;
export type Fault = (typeof faults)[number];

type Message = SagaAction & { readonly driver: number; readonly life: number; readonly ticket: number };
/** A driver between two lines of its program; a crash leaves it with nothing. */
type Driver = {
  life: number;
  row: SagaRow<object> | undefined;
  /** The answers it waits for, by step; undefined while none has come. */
  asked: Map<string, { readonly ticket: number; outcome: ActionOutcome | undefined }>;
};
type Party = { readonly script: Script; state: "untouched" | "waiting" | "performed" | "undone"; asked: number };

const CALM_STEPS = 20_000;
const WISH_EVERY = 100;
const WAIT_MS = 10;

/**
 * Runs a saga by the mesh's own pure functions and the store's compare-and-set, with others and a network between them that
 * this file plays. Each number of `choices` picks one thing of all that may happen next, a fault among them; after the last
 * one everything goes well until the saga is at its end and the last late message has come. Leases may lapse at any time:
 * they only save work.
 */
export function simulate(scenario: Scenario, choices: readonly number[]): Run {
  const world = createWorld(scenario);
  for (const choice of choices) world.act(choice);
  world.calmDown();
  return world.end();
}

function createWorld(scenario: Scenario) {
  const plan = planOf(scenario);
  const shape = shapeOf(plan);
  const parties = new Map<string, Party>(
    scenario.stages.flatMap((steps, stage) =>
      steps.map((script, index) => [nameOf(stage, index), { script, state: "untouched", asked: 0 } as Party] as const),
    ),
  );
  const drivers: readonly Driver[] = Array.from({ length: scenario.driverCount }, () => idle(0));
  const met = Object.fromEntries(faults.map((fault) => [fault, 0])) as Record<Fault, number>;
  const wrong: string[] = [];
  let network: Message[] = [];
  let [steps, tickets, nowMs] = [0, 0, 0];
  const deps: RoundDeps<object> = {
    plan,
    shape,
    clock: () => nowMs,
    entropy: (length) => new Uint8Array(length),
    origin: () => {
      throw new Error("nobody is called here");
    },
    maxAttempts: scenario.maxAttempts,
  };
  let stored = firstRow(begin(shape));

  /** The store's compare-and-set: one writer of each version. */
  function write(next: SagaRow<object>): boolean {
    if (next.version !== stored.version + 1n) return false;
    if (isPast(stored) && !isPast(next)) wrong.push(`from ${stored.progress.phase} back to ${next.progress.phase}`);
    if (isOver(stored.progress)) wrong.push(`written after its end: ${next.progress.phase}`);
    stored = next;
    return true;
  }

  /** What is written, as whoever did not write it must take it: some driver may have come further. */
  function believed(): SagaRow<object> {
    return { ...stored, progress: perhapsFurther(shape, stored.progress) };
  }

  function take(driver: Driver): void {
    Object.assign(driver, { row: believed(), asked: new Map() });
  }

  function ask(driver: Driver, index: number, action: SagaAction): void {
    tickets += 1;
    driver.asked.set(action.step, { ticket: tickets, outcome: undefined });
    network.push({ ...action, driver: index, life: driver.life, ticket: tickets });
  }

  function persist(driver: Driver, row: SagaRow<object>): void {
    const results = [...driver.asked.values()].flatMap(({ outcome }) => outcome ?? []);
    const next = settle(row, results.map(resultOf), deps);
    if (isCarried(shape, row.progress, next.progress)) {
      met.carried += 1;
      return void Object.assign(driver, { row: { ...next, version: row.version }, asked: new Map() });
    }
    const isWritten = write(next);
    if (!isWritten) met.overtaken += 1;
    const goesOn = isWritten && !isAtRest(next.progress) && next.attempts === 0;
    Object.assign(driver, { row: goesOn ? next : undefined, asked: new Map() });
  }

  function answer(message: Message, outcome: ActionOutcome): void {
    const driver = drivers[message.driver];
    const asked = driver?.life === message.life ? driver.asked.get(message.step) : undefined;
    if (asked?.ticket === message.ticket) asked.outcome ??= outcome;
  }

  function deliver(message: Message, { isReplyLost = false, isKept = false } = {}): void {
    if (!isKept) network = network.filter((other) => other !== message);
    const outcome = reactionOf(partyOf(parties, message.step), message);
    answer(message, isReplyLost ? failed(message) : outcome);
  }

  function reactionOf(party: Party, { step, action }: SagaAction): ActionOutcome {
    const { script } = party;
    if (action === "undo") {
      if (party.state === "performed" && script.isSoonTooLate) {
        met["too late"] += 1;
        return { step, action, kind: "refused", reason: "TOO_LATE", metadata: {} };
      }
      if (isPast(stored) && party.state === "performed") wrong.push(`${step} undone past the pivot`);
      party.state = "undone";
      return { step, action, kind: "done" };
    }
    if (party.state === "undone") {
      met.tombstone += 1;
      return { step, action, kind: "refused", reason: "UNDONE", metadata: {} };
    }
    if (party.state === "performed") return { step, action, kind: "done" };
    party.asked += 1;
    party.state = "waiting";
    if (party.asked <= script.waits) return { step, action, kind: "waiting", for: step, until: nowMs + WAIT_MS };
    if (script.end === "refused") return { step, action, kind: "refused", reason: "NO", metadata: {} };
    party.state = "performed";
    return { step, action, kind: "done" };
  }

  /** What may happen next when all goes well. */
  function wellDone(): readonly (() => void)[] {
    const isDue = !isOver(stored.progress) && (stored.wakeMs ?? 0) <= nowMs;
    const moves = drivers.flatMap((driver, index) => {
      const { row } = driver;
      if (row === undefined) return isDue ? [() => take(driver)] : [];
      const actions = nextActions(shape, row.progress);
      const left = actions.filter(({ step }) => !driver.asked.has(step));
      const isAnswered = left.length === 0 && [...driver.asked.values()].every(({ outcome }) => outcome !== undefined);
      return [
        ...left.map((action) => () => ask(driver, index, action)),
        ...(isAnswered ? [() => persist(driver, row)] : []),
      ];
    });
    return [...moves, ...network.map((message) => () => deliver(message))];
  }

  /** What may go wrong next. */
  function mishaps(isWishing: boolean): readonly (() => void)[] {
    const count = (fault: Fault, happen: () => void) => () => {
      met[fault] += 1;
      happen();
    };
    const ofMessages = network.flatMap((message) => [
      count("lost", () => {
        network = network.filter((other) => other !== message);
        answer(message, failed(message));
      }),
      count("reply lost", () => deliver(message, { isReplyLost: true })),
      count("duplicate", () => deliver(message, { isKept: true })),
      // Who asked gives up; it is on its way all the same.
      count("late", () => answer(message, failed(message))),
    ]);
    const ofDrivers = drivers
      .filter(({ row }) => row !== undefined)
      .map((driver) => count("crash", () => void Object.assign(driver, idle(driver.life + 1))));
    const known = believed().progress;
    const wish = turnBack(shape, known, "CANCELLED");
    const isNew = wish !== undefined && wish !== known;
    const cancel = count("turned back", () => void write(afterWish(stored, wish ?? stored.progress, nowMs)));
    return [...ofMessages, ...ofDrivers, ...(isNew && isWishing ? [cancel] : [])];
  }

  /** Time until the saga is to be asked again. */
  function waitOn(): void {
    nowMs = Math.max(nowMs + 1, stored.wakeMs ?? 0);
  }

  return {
    act(choice: number): void {
      steps += 1;
      // A wish to turn back ends the way there: it is rare, or hardly any saga would come far.
      const [good, bad] = [wellDone(), mishaps(choice % WISH_EVERY === 1)];
      // Mostly well, however much more can go wrong.
      const some = choice % 3 > 0 || bad.length === 0 ? good : bad;
      const chosen = some[Math.floor(choice / 3) % Math.max(1, some.length)];
      if (chosen === undefined) waitOn();
      else chosen();
    },
    calmDown(): void {
      for (const limit = steps + CALM_STEPS; !isOver(stored.progress) || network.length > 0; steps++) {
        const [next] = wellDone();
        if (next === undefined) waitOn();
        else next();
        if (steps > limit) return void wrong.push(`stuck at ${JSON.stringify(stored.progress)}`);
      }
    },
    end(): Run {
      const { phase, refusal } = stored.progress;
      const performed = [...parties].filter(([, { state }]) => state === "performed").map(([name]) => name);
      return { steps, phase, refusal: refusal?.reason ?? "", performed, wrong, met };
    },
  };
}

/** The row after its owner's wish to turn back, as cancelSaga writes it. */
function afterWish(row: SagaRow<object>, progress: SagaRow<object>["progress"], nowMs: number): SagaRow<object> {
  const wakeMs = isOver(progress) ? undefined : nowMs;
  return { ...row, version: row.version + 1n, progress, rounds: 0, attempts: 0, wakeMs };
}

function isPast({ progress: { phase } }: SagaRow<object>): boolean {
  return phase === "forward" || phase === "done";
}

function failed({ step, action }: SagaAction): ActionOutcome {
  return { step, action, kind: "failed" };
}

function resultOf(outcome: ActionOutcome) {
  return { outcome, state: {}, detail: "", traceId: "" };
}

function idle(life: number): Driver {
  return { life, row: undefined, asked: new Map() };
}

function partyOf(parties: ReadonlyMap<string, Party>, step: string): Party {
  const party = parties.get(step);
  if (party === undefined) throw new Error(`nobody does ${step}`);
  return party;
}

function firstRow(progress: SagaRow<object>["progress"]): SagaRow<object> {
  return {
    id: "simulated",
    version: 1n,
    progress,
    state: {},
    rounds: 0,
    attempts: 0,
    wakeMs: 0,
    leaseOwner: undefined,
    leaseUntilMs: 0,
    traceId: "",
  };
}
