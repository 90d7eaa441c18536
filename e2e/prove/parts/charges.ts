import { randomUUID } from "node:crypto";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { callerToken, openClient, openOrigin } from "@shopmesh/mesh";
import { cards } from "../../order.ts";
import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";

const SIDE_BY_SIDE = 32;
const CALL_MS = 10_000;
const MINOR_UNITS = 1_000n;

/** What came of charges whose answers were lost. */
export type Charges = {
  readonly authorized: number;
  /** Answers that said "unknown": the lost ones. */
  readonly unknown: number;
  /** How often each payment is charged in the provider's books. */
  readonly charged: ReadonlyMap<string, number>;
};

/** Asks payment for `count` promises as order does, of a card whose answer never comes; each again until it is known. */
export async function chargeUnheard({ mesh }: World, count: number, say: (line: string) => void): Promise<Charges> {
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
    for (;;) {
      const { payment } = await client.authorizePayment(
        {
          requestId: `${groupId}/authorize-payment`,
          paymentId,
          orderGroupId: groupId,
          amount: { currencyCode: "EUR", minorUnits: MINOR_UNITS },
          tenders: [
            {
              means: { case: "card", value: { paymentMethod: cards.lostAnswer } },
              amount: { currencyCode: "EUR", minorUnits: MINOR_UNITS },
            },
          ],
          orderNumbers: ["E00000-000000"],
          returnUrl: "http://localhost/return",
        },
        openOrigin(CALL_MS, groupId),
      );
      if (payment?.state === PaymentState.AUTHORIZED) break;
      unknown += 1;
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
