type Words = string | ((metadata: Readonly<Record<string, string>>) => string);

/** The stable causes of refusals, in plain words. */
export const reasonWords: Readonly<Record<string, Words>> = {
  // carts
  CART_NOT_FOUND: "This cart is gone. Add something to begin a new one.",
  CART_EMPTY: "The cart is empty.",
  CART_CHECKED_OUT: "This cart has already become an order.",
  CART_CLOSED: "This cart has already become an order.",
  CART_MERGED: "This cart went over to your own when you signed in.",
  CART_CHANGED: "The cart has changed meanwhile. Here it is as it is now; please look and try again.",
  CART_FULL: "The cart is full: 200 different things is the most it holds.",
  SAVED_FULL: "200 different things is the most that is saved for later.",
  SAVED_NOT_FOUND: "This is no longer saved for later.",
  QUANTITY_TOO_LARGE: "999 of one thing is the most a cart holds.",
  SKU_NOT_FOUND: "This is no longer sold.",
  SKU_NOT_SELLABLE: "Something in the cart is no longer sold. Please remove it.",
  LINE_NOT_SELLABLE: "Something in the cart cannot be bought as it is. Please look at the cart.",
  OUT_OF_STOCK: "Something in the cart has just been sold out.",
  // coupons
  COUPON_NOT_APPLICABLE: ({ problem }) => reasonOfCoupon(problem),
  COUPON_NOT_FOUND: "There is no such coupon.",
  COUPON_MINIMUM_NOT_MET: "The cart is not yet worth enough for this coupon.",
  COUPON_EXPIRED: "This coupon has expired.",
  COUPON_NOT_STARTED: "This coupon is not valid yet.",
  COUPON_LIMIT_REACHED: "This coupon has been used up.",
  COUPON_CUSTOMER_LIMIT_REACHED: "You have already used this coupon.",
  COUPON_PAUSED: "This coupon is not valid at the moment.",
  COUPON_NOT_EVALUATED: "The coupon cannot be checked just now; it stays in the cart.",
  COUPON_NEEDS_CUSTOMER: "Please sign in to use this coupon.",
  COUPON_CODE_USED: "This code has been used.",
  COUPON_FIRST_ORDER_ONLY: "This coupon is for a first order.",
  COUPON_GROUP_ONLY: "This coupon is for certain customers.",
  COUPON_BUDGET_SPENT: "This coupon has been used up.",
  COUPON_GOODS_MISSING: "This coupon is for goods that are not in the cart.",
  COUPON_QUANTITY_NOT_MET: "There are not yet enough pieces in the cart for this coupon.",
  COUPON_COUNTRY_NOT_SERVED: "This coupon is not for deliveries to this country.",
  COUPON_RULE_NOT_MET: "This coupon does not fit what is in the cart.",
  COUPON_BETTER_OFFER: "You already save more than this coupon gives.",
  PROMOTION_LIMIT_REACHED: ({ label = "An offer" }) =>
    `${label} has just been used up. Here are the prices without it.`,
  PROMOTION_BUDGET_SPENT: ({ label = "An offer" }) => `${label} has just been used up. Here are the prices without it.`,
  PROMOTION_EXPIRED: ({ label = "An offer" }) => `${label} is over. Here are the prices without it.`,
  PROMOTION_PAUSED: ({ label = "An offer" }) => `${label} is over. Here are the prices without it.`,
  PROMOTION_CUSTOMER_LIMIT_REACHED: ({ label = "an offer" }) => `You have already used ${label}.`,
  // checkout
  QUOTE_EXPIRED: "These prices are not kept any longer. Here are the prices of now.",
  QUOTE_NOT_FOUND: "The prices are no longer kept. Here are the prices of now.",
  SHIPPING_OPTION_NOT_FOUND: "That way of delivery is no longer offered. Please choose again.",
  SHIPPING_OPTION_UNKNOWN: "That way of delivery is no longer offered. Please choose again.",
  SHIPPING_UNAVAILABLE: "Delivery cannot be priced just now. Please try again in a moment.",
  NOT_DELIVERABLE: "We do not deliver to this address.",
  DESTINATION_NOT_SERVED: "We do not deliver to this country.",
  ADDRESS_REJECTED: "The carrier does not know this address.",
  // payment
  CARD_DECLINED: "Your bank declined the card. Nothing was charged; please try another card.",
  PAYMENT_DECLINED: "The payment was declined. Nothing was charged; please try another way to pay.",
  GIFT_CARD_NOT_FOUND: "There is no gift card of that code.",
  GIFT_CARD_EXPIRED: "The gift card has expired. Nothing was charged.",
  GIFT_CARD_INSUFFICIENT: "There is no longer enough on the gift card. Nothing was charged; please try again.",
  INSUFFICIENT_FUNDS: "There is not enough money on the card. Nothing was charged.",
  CARD_EXPIRED: "The card has expired. Nothing was charged.",
  AUTHENTICATION_FAILED: "Your bank could not confirm that it was you. Nothing was charged.",
  AUTHENTICATION_REQUIRED: "Your bank wants you to confirm the payment.",
  ACTION_EXPIRED: "The payment was not confirmed in time. Nothing was charged.",
  PAYMENT_FAILED: "The payment did not succeed. Nothing was charged.",
  AUTHORIZATION_EXPIRED: "The payment was not confirmed in time. Nothing was charged.",
  PROVIDER_UNAVAILABLE: "The card provider cannot be reached just now. Please try again.",
  // orders
  ORDER_NOT_FOUND: "There is no order of that number for that e-mail address.",
  ORDER_GROUP_NOT_FOUND: "There is no such order, or it is not yours to see from this browser.",
  ORDER_STATE: "This order can no longer be cancelled.",
  RETURN_WINDOW_OVER: "Its time for returns is over.",
  RETURN_QUANTITY: "So many cannot go back: some have not arrived, or have gone back already.",
  RETURN_STATE: "The return has moved on meanwhile.",
  NOT_SENT: "It was not sent within 30 days.",
  REFUSED_ON_INSPECTION: "It was not accepted when it was looked at.",
  EXCHANGE_OF_REPLACEMENT: "This came in an exchange itself. Please send it back for the money.",
  REPLACEMENT_OF_ANOTHER_SELLER: "An exchange is for something of the same seller.",
  TENDER_MISSING: "There is something to pay, and nothing to pay it with.",
  ORDER_NOT_CANCELLABLE: "This order can no longer be cancelled.",
  CUSTOMER_REQUEST: "Cancelled at your request.",
  // accounts
  CREDENTIALS_INVALID: "E-mail address or password is wrong.",
  EMAIL_TAKEN: "There is already an account for this address. Please sign in.",
  PASSWORD_TOO_WEAK: "That password is too easy to guess. Please choose another one.",
  PASSWORDS_BUSY: "Many people are signing in just now. Please try again in a moment.",
  TOO_MANY_ATTEMPTS: "Too many attempts. Please wait a few minutes and try again.",
  RATE_LIMITED: "That was a lot at once. Please wait a moment and try again.",
  OVERLOADED: "Many people are shopping just now. Please try again in a moment.",
  SESSION_INVALID: "Your session has ended. Please sign in again.",
  // what somebody is told
  PREFERENCE_REQUIRED: "This is always sent by e-mail.",
  PHONE_NUMBER_MISSING: "SMS need a number. Please enter yours first.",
  PHONE_NUMBER_STOPPED:
    "This number gets no SMS from us: it said STOP, or cannot be reached. START, sent to us, lets it.",
  PHONE_CODE_LIMIT: "Five codes a day is the most that is sent to one number. Please try again tomorrow.",
  PHONE_CODE_NOT_SENT: "No code was sent to this number. Please ask for one.",
  PHONE_CODE_EXPIRED: "This code is too old. Please ask for another one.",
  PHONE_CODE_WRONG: ({ tries_left: left = "" }) =>
    left === "0"
      ? "This is not the code that we sent. Please ask for another one."
      : `This is not the code that we sent. Tries left: ${left}.`,
  PHONE_CODE_TRIES_EXHAUSTED: "There were too many wrong codes. Please ask for another one.",
  SMS_NOT_CONFIGURED: "This shop sends no SMS.",
  QUIET_HOURS_INVALID: "Quiet hours cannot end when they begin.",
  TIME_ZONE_UNKNOWN: "We do not know this time zone.",
  LOCALE_UNKNOWN: "We do not speak this language yet.",
  // products
  PRODUCT_NOT_FOUND: "This product is not sold here any more.",
};

function reasonOfCoupon(problem = ""): string {
  const words = reasonWords[problem];
  return typeof words === "string" ? words : "This coupon cannot be used for this cart.";
}
