import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, type TimestampSchema } from "@bufbuild/protobuf/wkt";
import { TimelineKind } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import {
  type ExplainOrderResponseSchema,
  type SagaProgressSchema,
  SagaPhase,
  SagaStepState,
} from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type SagaDriver, type SagaLogEntry, type SagaProgress, timeField } from "@shopmesh/mesh";
import type { OrderSagas } from "../effects/sagas.ts";
import type { PlacedGroup } from "../group.ts";
import type { Order } from "../order.ts";
import { parcelsOf } from "../parcels.ts";
import type { StoredEntry } from "../store/timeline.ts";
import { entryToProto, orderToProto } from "./proto.ts";

/** An explanation has the last of them. */
export const EXPLAINED_ENTRIES = 1_000;

type SagaView = {
  readonly name: string;
  readonly progress: SagaProgress;
  readonly history: readonly SagaLogEntry[];
};

/** Why an order is where it is: its sagas' steps, retries and undos, and one sentence. */
export async function explain(
  { checkout, fulfilment, delivery, parcels, returns, refunds, collections }: OrderSagas,
  { order, placed, entries }: { order: Order; placed: PlacedGroup; entries: readonly StoredEntry[] },
): Promise<MessageInitShape<typeof ExplainOrderResponseSchema>> {
  const sagas = (
    await Promise.all([
      view("checkout", checkout, placed.group.id),
      view("fulfilment", fulfilment, order.id),
      view("delivery", delivery, order.id),
      ...parcelsOf(order).map(({ id }, index) => view(`parcel ${index + 1}`, parcels, id)),
      ...parcelsOf(order).flatMap(({ collectionId: id }) =>
        id === undefined ? [] : [view("collection", collections, id)],
      ),
      ...(order.returns ?? []).map(({ id }) => view("return", returns, id)),
      ...(order.refunds ?? []).map(({ id }) => view("refund", refunds, id)),
    ])
  ).flatMap((saga) => saga ?? []);
  const steps = sagas.flatMap(({ history }) => history.map(logToEntry));
  return {
    why: sentence(order, sagas),
    order: orderToProto(order, placed.group),
    sagas: sagas.map(viewToProto),
    entries: [...entries.map(entryToProto), ...steps].sort(byTime).slice(-EXPLAINED_ENTRIES),
  };
}

async function view<State>(name: string, driver: SagaDriver<State>, id: string): Promise<SagaView | undefined> {
  const [found, history] = await Promise.all([driver.find(id), driver.history(id)]);
  return found === undefined ? undefined : { name, progress: found.progress, history };
}

function sentence(order: Order, sagas: readonly SagaView[]): string {
  // The last that is under way tells most: of a delivery and its parcels a parcel.
  const saga =
    sagas.findLast(({ progress }) => progress.phase !== "done" && progress.phase !== "undone") ?? sagas.at(-1);
  const { waiting, phase } = saga?.progress ?? {};
  const refusal = sagas.map(({ progress }) => progress.refusal).findLast((one) => one !== undefined);
  if (order.state === "on-hold") return `Order ${order.number} is on hold: ${order.holdReason ?? ""}.`;
  if (order.state === "rejected" || order.state === "cancelled") {
    return `Order ${order.number} is ${order.state}: ${order.endReason}${refusal === undefined || refusal.step === "" ? "" : ` at ${refusal.step}`}; what had been done was undone.`;
  }
  if (order.paymentState === "owed") {
    const reason = parcelsOf(order).find(({ owedReason }) => owedReason !== undefined)?.owedReason ?? "";
    return `Order ${order.number} is ${order.state}; goods have left whose part of the money was refused: ${reason}. RetryCheckout asks for it again.`;
  }
  if (waiting !== undefined) {
    return `Order ${order.number} is ${order.state}; ${saga?.name} waits at ${waiting.step} for the ${waiting.for} until ${new Date(waiting.until).toISOString()}.`;
  }
  if (phase === "done") return `Order ${order.number} is ${order.state}; every step is done.`;
  return `Order ${order.number} is ${order.state}; ${saga?.name ?? "checkout"} is ${phase ?? "not begun"}.`;
}

const phases = {
  doing: SagaPhase.DOING,
  undoing: SagaPhase.UNDOING,
  forward: SagaPhase.FORWARD,
  done: SagaPhase.DONE,
  undone: SagaPhase.UNDONE,
} as const satisfies Record<SagaProgress["phase"], SagaPhase>;

function viewToProto({ name, progress, history }: SagaView): MessageInitShape<typeof SagaProgressSchema> {
  const names = [...new Set(history.map(({ step }) => step))];
  return {
    name,
    phase: phases[progress.phase],
    ...timeField("wakeTime", progress.waiting?.until),
    steps: names.flatMap((step) => {
      const lines = history.filter((line) => line.step === step);
      const [first, last] = [lines[0], lines.at(-1)];
      if (first === undefined || last === undefined) return [];
      return [
        {
          name: step,
          state: stepState(last),
          attemptCount: lines.filter(({ action }) => action === "perform").length,
          reason: last.detail,
          startTime: timestampFromMs(first.timeMs),
          updateTime: timestampFromMs(last.timeMs),
          traceId: last.traceId,
        },
      ];
    }),
  };
}

function stepState({ action, result }: SagaLogEntry): SagaStepState {
  if (action === "undo") return result === "done" ? SagaStepState.UNDONE : SagaStepState.UNDOING;
  switch (result) {
    case "done":
      return SagaStepState.DONE;
    case "refused":
      return SagaStepState.REFUSED;
    case "waiting":
      return SagaStepState.WAITING;
    case "failed":
      return SagaStepState.DOING;
  }
}

const kindOf = {
  done: TimelineKind.STEP_DONE,
  refused: TimelineKind.STEP_REFUSED,
  waiting: TimelineKind.STEP_WAITING,
  failed: TimelineKind.STEP_RETRIED,
} as const satisfies Record<SagaLogEntry["result"], TimelineKind>;

function logToEntry(line: SagaLogEntry) {
  return {
    sequence: BigInt(line.sequence),
    time: timestampFromMs(line.timeMs),
    kind: line.action === "undo" ? TimelineKind.STEP_UNDONE : kindOf[line.result],
    summary: `${line.action} ${line.step}: ${line.result}`,
    step: line.step,
    attempt: line.attempt,
    reason: line.detail,
    traceId: line.traceId,
  };
}

type Timed = { readonly time?: MessageInitShape<typeof TimestampSchema> | undefined };

function byTime(left: Timed, right: Timed): number {
  return millisecondsOf(left) - millisecondsOf(right);
}

function millisecondsOf({ time }: Timed): number {
  return time === undefined ? 0 : Number(time.seconds ?? 0n) * 1_000 + (time.nanos ?? 0) / 1_000_000;
}
