/** A means of payment as a saga may remember it: no card's number, and of a gift card's code only the hash. */
export type TenderMeans =
  /** A card: a provider's token, all that older code knew, or a saved method. */
  | { readonly paymentMethod: string; readonly savedMethodId?: string; readonly save?: boolean }
  | { readonly isPayPal: true }
  | { readonly giftCardHash: string };

/** A means with what it pays. */
export type TenderState = TenderMeans & { readonly minorUnits: string };
