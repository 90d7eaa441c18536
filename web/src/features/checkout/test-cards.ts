/** The sandbox's cards: tokens, never numbers. In the real shop the provider's own form makes the token. */
export const testCards = [
  { token: "pm_card_visa", label: "Visa ending in 4242", outcome: "is paid at once" },
  {
    token: "pm_card_threeDSecure2Required",
    label: "Visa ending in 3220",
    outcome: "the bank asks you to confirm (3-D Secure)",
  },
  { token: "pm_card_visa_chargeDeclined", label: "Visa ending in 0002", outcome: "the bank declines" },
  {
    token: "pm_card_visa_chargeDeclinedInsufficientFunds",
    label: "Visa ending in 9995",
    outcome: "not enough money on it",
  },
] as const;
