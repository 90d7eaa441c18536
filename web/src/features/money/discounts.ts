import type { Money } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";

type Applied = { readonly promotionId: string; readonly label: string; readonly amount?: Money | undefined };

/** What comes off, promotion by promotion; `total` under one name where nobody says by what. */
export function discountParts(promotions: readonly Applied[], total: Money | undefined) {
  const told = promotions.filter(({ amount }) => (amount?.minorUnits ?? 0n) > 0n);
  if (told.length === 0) return [{ label: "Discount", value: total, isLess: true }];
  return told.map(({ label, amount }) => ({ label, value: amount, isLess: true }));
}
