/** What is known of a card that an account has saved. */
type SavedCard = {
  readonly cardBrand: string;
  readonly cardLastFour: string;
  readonly expireMonth: number;
  readonly expireYear: number;
};

/** What the card is called: "Visa ending in 4242". */
export function nameOfCard({ cardBrand, cardLastFour }: SavedCard): string {
  return `${cardBrand.charAt(0).toUpperCase()}${cardBrand.slice(1)} ending in ${cardLastFour}`;
}

/** The month until whose end the card pays, as it is printed on it: "09/2030". */
export function expiryOf({ expireMonth, expireYear }: SavedCard): string {
  return `${String(expireMonth).padStart(2, "0")}/${expireYear}`;
}
