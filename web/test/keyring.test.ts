import test from "ava";

// The keys lie in the browser's storage, and without one for as long as the page.
Object.assign(globalThis, { window: new EventTarget() });
const { keyFor, keyOf, rememberKey, rememberQuote } = await import("../src/api/keyring.ts");

test.serial("a cart and an order are still opened after however many quotes", (t) => {
  rememberKey("of-cart", "cart");
  rememberKey("of-order", "order");
  for (let count = 0; count < 500; count++) rememberQuote("cart", `quote-${count}`);
  t.is(keyOf("cart"), "of-cart");
  t.is(keyOf("order"), "of-order");
  t.is(keyFor({ quoteId: "quote-499" }), "of-cart");
});

test.serial("a cart that is quoted outlives the orders that are made of it", (t) => {
  rememberKey("of-cart", "cart");
  for (let count = 0; count < 200; count++) {
    rememberQuote("cart", `quote-${count}`);
    rememberKey(`of-order-${count}`, `order-${count}`);
  }
  t.is(keyOf("cart"), "of-cart");
  t.is(keyOf("order-199"), "of-order-199");
  t.is(keyOf("order-0"), undefined);
});

test.serial("a customer's cart, which needs no key, gives none to its quote", (t) => {
  rememberQuote("of-customer", "quote-of-customer");
  t.is(keyOf("quote-of-customer"), undefined);
});
