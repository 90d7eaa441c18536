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
  // checkout
  QUOTE_EXPIRED: "The prices were kept for 15 minutes, which are over. Here are the prices of now.",
  QUOTE_NOT_FOUND: "The prices are no longer kept. Here are the prices of now.",
  SHIPPING_OPTION_NOT_FOUND: "That way of delivery is no longer offered. Please choose again.",
  SHIPPING_OPTION_UNKNOWN: "That way of delivery is no longer offered. Please choose again.",
  SHIPPING_UNAVAILABLE: "Delivery cannot be priced just now. Please try again in a moment.",
  NOT_DELIVERABLE: "We do not deliver to this address.",
  DESTINATION_NOT_SERVED: "We do not deliver to this country.",
  ADDRESS_REJECTED: "The carrier does not know this address.",
  // payment
  CARD_DECLINED: "Your bank declined the card. Nothing was charged; please try another card.",
  PAYMENT_DECLINED: "Your bank declined the payment. Nothing was charged; please try another card.",
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
  // products
  PRODUCT_NOT_FOUND: "This product is not sold here any more.",
};

function reasonOfCoupon(problem = ""): string {
  const words = reasonWords[problem];
  return typeof words === "string" ? words : "This coupon cannot be used for this cart.";
}
