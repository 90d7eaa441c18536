import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import {
  type AuthorizePaymentRequestSchema,
  PaymentService,
} from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { callerToken, openClient, openOrigin } from "@shopmesh/mesh";
import { cards } from "../../order.ts";
import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";

const SIDE_BY_SIDE = 32;
const FULL_MS = 500;
const CALL_MS = 10_000;
const MINOR_UNITS = 1_000n;
/** More messages than there are. */
const MANY = 1_000_000;

/** What came of charges whose answers were lost. */
export type Charges = {
  readonly authorized: number;
  /** Answers that said "unknown": the lost ones. */
  readonly unknown: number;
  /** How often each payment is charged in the provider's books. */
  readonly charged: ReadonlyMap<string, number>;
};

/**
 * Asks payment for `count` promises as order does, of a card whose answer never comes; each again until it is known. The
 * provider's messages do not come either: one that is quicker than the time-out would tell what the answer did not.
 */
export async function chargeUnheard({ mesh }: World, count: number, say: (line: string) => void): Promise<Charges> {
  await silenceProvider(mesh.sandboxUrl);
  const key = mesh.env["MESH_KEY"] ?? "";
  const token = callerToken(Buffer.from(key, "hex"), "order");
  const { client, close } = openClient(PaymentService, {
    address: mesh.address("payment"),
    callerToken: token,
    region: "eu",
  });
  let [begun, authorized, unknown] = [0, 0, 0];
  async function charge(): Promise<void> {
    const paymentId = randomUUID();
    const groupId = randomUUID();
    const wish = wishOf(paymentId, groupId);
    for (;;) {
      const { payment } = await client.authorizePayment(wish, openOrigin(CALL_MS, groupId)).catch(orFull);
      if (payment?.state === PaymentState.AUTHORIZED) break;
      if (payment !== undefined) unknown += 1;
    }
    authorized += 1;
    if (authorized % 1_000 === 0) say(`${authorized} charges`);
  }
  async function chargeAll(): Promise<void> {
    while (begun < count) {
      begun += 1;
      await charge();
    }
  }
  try {
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, chargeAll));
  } finally {
    close();
  }
  return { authorized, unknown, charged: await readCharges(mesh.sandboxUrl) };
}

async function silenceProvider(sandboxUrl: string): Promise<void> {
  const fault = { provider: "stripe", kind: "webhookMissing", count: MANY };
  const answer = await fetch(`${sandboxUrl}/sandbox/faults`, { method: "POST", body: JSON.stringify(fault) });
  if (!answer.ok) throw new Error(`the sandbox goes on telling: ${await answer.text()}`);
}

function wishOf(paymentId: string, orderGroupId: string): MessageInitShape<typeof AuthorizePaymentRequestSchema> {
  const amount = { currencyCode: "EUR", minorUnits: MINOR_UNITS };
  return {
    requestId: `${orderGroupId}/authorize-payment`,
    paymentId,
    orderGroupId,
    amount,
    tenders: [{ means: { case: "card", value: { paymentMethod: cards.lostAnswer } }, amount }],
    orderNumbers: ["E00000-000000"],
    returnUrl: "http://localhost/return",
  };
}

/** Nothing known where the door was full: asked again a moment later. */
async function orFull(error: unknown): Promise<{ readonly payment?: never }> {
  if (!(error instanceof DomainError) || error.kind !== "exhausted") throw error;
  await delay(FULL_MS);
  return {};
}

async function readCharges(sandboxUrl: string): Promise<ReadonlyMap<string, number>> {
  const ledger = (await (await fetch(`${sandboxUrl}/sandbox/ledger`)).json()) as Json;
  const counts = new Map<string, number>();
  for (const entry of list(ledger, "entries")) {
    if (!["authorize", "charge"].includes(text(entry, "operation"))) continue;
    const id = text(entry, "metadata", "payment_id");
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
