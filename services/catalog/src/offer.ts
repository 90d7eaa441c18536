import type { Money } from "@shopmesh/kernel";

/** What cart, order and shipping need of one sku. */
export type Offer = {
  readonly sku: string;
  readonly productId: string;
  readonly productVersion: bigint;
  readonly title: string;
  readonly slug: string;
  readonly optionTitle: string;
  readonly sellerId: string;
  readonly sellerName: string;
  readonly price: Money;
  readonly weightGrams: number;
  readonly categoryId: string;
  readonly pictureUrl: string;
  readonly sellable: boolean;
};

/** What a sku looks like; whatever does not is unknown. */
export function isSku(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}
