import { randomUUID } from "node:crypto";
import type { ExecutionContext } from "ava";
import { address, cards } from "../order.ts";
import { withPatience } from "../patience.ts";
import { type Json, list, Refusal, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

/** A browser: it keeps the cookies that it is given. */
type Browser = (method: string, request: Json) => Promise<Json>;

/** She signs in by cookie, orders, and finds her order; nobody else does. */
export async function hersAlone(t: ExecutionContext, { mesh, shop, shelf }: World): Promise<void> {
  const [ada, eve] = [openBrowser(mesh.gatewayUrl), openBrowser(mesh.gatewayUrl)];
  await Promise.all([register(ada, "her"), register(eve, "eve")]);
  t.is(text(await ada("shop.auth.v1.AuthService/GetSession", {}), "account", "email"), emailOf("her"));
  const [sku = ""] = shelf.take(1);
  const orderId = await order(ada, sku);
  const found = list(await ada("shop.order.v1.OrderService/ListOrders", {}), "orders");
  t.deepEqual(
    found.map((entry) => text(entry, "id")),
    [orderId],
  );
  const request = { orderId };
  t.is(text(await ada("shop.order.v1.OrderService/GetOrder", request), "order", "id"), orderId);
  await refused(t, eve("shop.order.v1.OrderService/GetOrder", request), { code: "not_found", status: 404 });
  t.is(list(await eve("shop.order.v1.OrderService/ListOrders", {}), "orders").length, 0);
  await refused(t, shop.call("shop.order.v1.OrderService/GetOrder", request), {
    code: "unauthenticated",
    status: 401,
  });
  await ada("shop.auth.v1.AuthService/SignOut", {});
  await refused(t, ada("shop.order.v1.OrderService/ListOrders", {}), { code: "unauthenticated", status: 401 });
}

/** She saves a card with an order and is offered it at the next one; another can neither pay by it nor have it forgotten. */
export async function savedCardIsHers(t: ExecutionContext, { mesh, shelf }: World): Promise<void> {
  const [ada, eve] = [openBrowser(mesh.gatewayUrl), openBrowser(mesh.gatewayUrl)];
  await Promise.all([register(ada, "saver"), register(eve, "thief")]);
  const [first = "", second = "", third = ""] = shelf.take(3);
  await order(ada, first, { paymentMethod: cards.good, save: true });
  const savedOf = async (browser: Browser, sku: string) => {
    const quoteId = await quoted(browser, sku);
    const options = await browser("shop.order.v1.CheckoutService/ListPaymentOptions", { quoteId });
    return { quoteId, saved: list(options, "options").filter((option) => text(option, "savedMethodId") !== "") };
  };
  const hers = await savedOf(ada, second);
  const savedMethodId = text(hers.saved[0], "savedMethodId");
  t.like(hers.saved, [{ label: "Visa", cardLastFour: "4242" }]);
  const others = await savedOf(eve, third);
  t.deepEqual(others.saved, []);
  const stolen = await placed(eve, others.quoteId, { savedMethodId });
  t.like(stolen, { state: "CHECKOUT_STATE_REJECTED", rejectReason: "SAVED_METHOD_NOT_FOUND" });
  const forget = "shop.payment.v1.PaymentService/RemoveSavedMethod";
  await refused(t, eve(forget, { savedMethodId }), { code: "not_found", status: 404 });
  t.is(text(await placed(ada, hers.quoteId, { savedMethodId }), "state"), "CHECKOUT_STATE_CONFIRMED");
  await ada(forget, { savedMethodId });
  t.deepEqual(list(await ada("shop.payment.v1.PaymentService/ListSavedMethods", {}), "methods"), []);
}

/** A wrong field is refused by its name. */
export async function wrongField(t: ExecutionContext, { shop }: World): Promise<void> {
  const cart = await shop.call("shop.cart.v1.CartService/CreateCart", {});
  const request = { cartId: text(cart, "cart", "id"), email: "nobody", shippingAddress: address };
  const refusal = await refused(
    t,
    shop.call("shop.order.v1.CheckoutService/QuoteCheckout", request, text(cart, "accessToken")),
    { code: "invalid_argument", status: 400 },
  );
  t.true(JSON.stringify(refusal?.body).includes("email"), JSON.stringify(refusal?.body));
}

/** A browser without cookies. */
function openBrowser(gatewayUrl: string): Browser {
  const cookies = new Map<string, string>();
  const ask: Browser = async (method, request) => {
    const response = await fetch(`${gatewayUrl}/${method}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "connect-protocol-version": "1",
        // A browser says whose page asks: a cookie alone is not believed.
        origin: gatewayUrl,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(30_000),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const [name = "", value = ""] = pair.split("=", 2);
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const body = (await response.json()) as Json;
    if (!response.ok) throw new Refusal(method, response.status, body);
    return body;
  };
  return (method, request) => withPatience(() => ask(method, request));
}

async function register(browser: Browser, name: string): Promise<void> {
  const password = randomUUID();
  const email = emailOf(name);
  await browser("shop.auth.v1.AuthService/Register", { requestId: randomUUID(), email, password, name });
  await browser("shop.auth.v1.AuthService/SignOut", {});
  await browser("shop.auth.v1.AuthService/SignIn", { email, password });
}

async function order(browser: Browser, sku: string, card: Json = { paymentMethod: cards.good }): Promise<string> {
  const answer = await placed(browser, await quoted(browser, sku), card);
  const [first] = list(answer["group"], "orders");
  return text(first, "id");
}

/** The id of a quote of a new cart with one piece. */
async function quoted(browser: Browser, sku: string): Promise<string> {
  const cartId = text(await browser("shop.cart.v1.CartService/CreateCart", {}), "cart", "id");
  await browser("shop.cart.v1.CartService/AddItem", { requestId: `add-${cartId}-${sku}`, cartId, sku, quantity: 1 });
  const wish = { cartId, email: emailOf("her"), shippingAddress: address };
  return text(await browser("shop.order.v1.CheckoutService/QuoteCheckout", wish), "quote", "id");
}

function placed(browser: Browser, quoteId: string, card: Json): Promise<Json> {
  const wish = { requestId: `place-${quoteId}`, quoteId, tenders: [{ card }] };
  return browser("shop.order.v1.CheckoutService/PlaceOrder", wish);
}

async function refused(
  t: ExecutionContext,
  call: Promise<Json>,
  expected: { readonly code: string; readonly status: number },
): Promise<Refusal | undefined> {
  const refusal = await t.throwsAsync(call, { instanceOf: Refusal });
  t.like(refusal, expected);
  return refusal;
}
