import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListPaymentOptionsRequest } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentMeans, type PaymentOptionSchema } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { type SavedMethod, SavedMethodState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { type Call, type Client, cutPage, numberPart, personIdOf, readPage } from "@shopmesh/mesh";
import { unlessAway } from "./away.ts";

/** What tells by what can be paid. */
export type PaymentOptionDeps = {
  readonly clock: Clock;
  readonly stripePublishableKey: string;
  /** Empty where PayPal is not offered. */
  readonly paypalClientId: string;
  readonly payment: Pick<Client<typeof PaymentService>, "listSavedMethods">;
};

type Option = MessageInitShape<typeof PaymentOptionSchema>;

const pages = { standard: 50, most: 200, key: [numberPart] } as const;

/** By what the caller can pay: cards that are saved, then what everybody has. */
export async function listPaymentOptions(deps: PaymentOptionDeps, request: ListPaymentOptionsRequest, call: Call) {
  const page = readPage(request, pages);
  const start = page.after === undefined ? 0 : Number(page.after[0]) + 1;
  const options = [...(await savedOptions(deps, call)), ...commonOptions(deps)];
  const numbered = options.map((option, index) => ({ option, index }));
  const { rows, nextPageToken } = cutPage(numbered.slice(start, start + page.limit), page, ({ index }) => [
    String(index),
  ]);
  return { options: rows.map(({ option }) => option), nextPageToken };
}

/** The commonest first. */
function commonOptions({ stripePublishableKey, paypalClientId }: PaymentOptionDeps): readonly Option[] {
  const card = { means: PaymentMeans.CARD, label: "Card", provider: "stripe", publishableKey: stripePublishableKey };
  const paypal = { means: PaymentMeans.PAYPAL, label: "PayPal", provider: "paypal", publishableKey: paypalClientId };
  const giftCard = { means: PaymentMeans.GIFT_CARD, label: "Gift card", provider: "", publishableKey: "" };
  return paypalClientId === "" ? [card, giftCard] : [card, paypal, giftCard];
}

/** None for a guest, and none where payment cannot tell: a new card pays all the same. */
async function savedOptions({ payment, clock }: PaymentOptionDeps, call: Call): Promise<readonly Option[]> {
  if (personIdOf(call.actor) === undefined) return [];
  const known = payment.listSavedMethods({}, call).then(({ methods }) => methods);
  const month = monthOf(new Date(clock()));
  return (await unlessAway(known, () => [])).filter((method) => canPay(method, month)).map(savedOption);
}

function canPay({ state, expireYear, expireMonth }: SavedMethod, month: number): boolean {
  return state === SavedMethodState.ACTIVE && expireYear * 12 + expireMonth - 1 >= month;
}

/** Months since year 0: a card pays to the end of its last one. */
function monthOf(date: Date): number {
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function savedOption({ id, cardBrand, cardLastFour, expireMonth, expireYear }: SavedMethod): Option {
  const label = cardBrand.charAt(0).toUpperCase() + cardBrand.slice(1);
  return {
    means: PaymentMeans.CARD,
    label,
    provider: "stripe",
    savedMethodId: id,
    cardBrand,
    cardLastFour,
    expireMonth,
    expireYear,
  };
}
