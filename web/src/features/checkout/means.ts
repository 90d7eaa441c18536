import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Money } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import type { TenderSchema } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { testCards } from "./test-cards.ts";

/** What stands for PayPal among the choices; the others are the tokens of cards, and saved ones by their ids. */
export const PAYPAL = "paypal";

/** By what a buyer pays. */
export type Means = {
  /** A card's token, the id of a saved one, or PayPal. */
  readonly choice: string;
  /** Whether a card that is paid with by its token is saved for the account. */
  readonly isSaving: boolean;
  /** Of a gift card that pays first; empty for none. */
  readonly giftCode: string;
};

export const standardMeans: Means = { choice: testCards[0].token, isSaving: false, giftCode: "" };

/** Whether the choice is a card by its token: a new one. */
export function isNewCard(choice: string): boolean {
  return choice.startsWith("pm_");
}

/** The means as the till takes them: the gift card pays what is on it, the other one what that leaves. */
export function tendersOf(
  { choice, isSaving, giftCode }: Means,
  { total, gift }: { readonly total: Money | undefined; readonly gift: Money | undefined },
): MessageInitShape<typeof TenderSchema>[] {
  const card = isNewCard(choice) ? { paymentMethod: choice, save: isSaving } : { savedMethodId: choice };
  const other: MessageInitShape<typeof TenderSchema> =
    choice === PAYPAL ? { means: { case: "paypal", value: {} } } : { means: { case: "card", value: card } };
  const minorUnits = smaller(gift?.minorUnits ?? 0n, total?.minorUnits ?? 0n);
  if (minorUnits === 0n) return [other];
  const amount = { currencyCode: total?.currencyCode ?? "", minorUnits };
  return [{ means: { case: "giftCard", value: { code: giftCode.trim() } }, amount }, other];
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
