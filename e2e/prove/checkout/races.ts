import { orAway } from "../../crash/order.ts";
import { cards, fillCart, type Guest, place, quote } from "../../order.ts";
import { type Json, Refusal, text } from "../../shop.ts";
import { available } from "../../shelf.ts";
import { openWorld, type World } from "../../stories/world.ts";
import { chargeUnheard } from "../parts/charges.ts";
import { claim, share } from "../parts/claim.ts";
import { type GroupRow, isDecided, readGroups, within } from "../parts/groups.ts";
import { moneyClaims } from "../parts/money.ts";
import { takePieces } from "../parts/piece.ts";
import { stockClaims } from "../parts/stock.ts";
import type { Sale } from "../parts/buyers.ts";
import type { Claim, Proof } from "../proof.ts";

const sizes = {
  quick: { buyers: 100, pieces: 20, charges: 200 },
  full: { buyers: 500, pieces: 100, charges: 10_000 },
} as const;
const CLICKS = 50;
const CARTS_AT_ONCE = 16;
const DECIDED_WITHIN_MS = 120_000;
/** Past the payer's time and the hold's. */
const HOLD_EXPIRES_S = 45 * 60;
const ASKED_AGAIN =
  "SELECT step, result, detail FROM mesh_saga_log WHERE kind = 'checkout' AND result IN ('failed', 'waiting')";
const AUTHORIZE = "shop.payment.v1.PaymentService/AuthorizePayment";

/** Two processes of those where it may come to a race. */
const replicas = { each: 1, own: { order: 2, inventory: 2, payment: 2 } } as const;

/** Everybody at once at one thing, and money that comes too late. */
export const proof: Proof = {
  name: "races",
  title: "the last pieces, fifty clicks, lost answers and late money, with two processes of each who decide",
  async run({ say, profile }) {
    const size = sizes[profile];
    say("starting the mesh");
    const world = await openWorld("mesh", { STRIPE_TIMEOUT_MS: "1000" }, { replicas });
    try {
      const rush = await rushFor(world, size, say);
      const clicks = await clickOften(world, say);
      const late = await payLate(world, say);
      const decidedMs = await within(DECIDED_WITHIN_MS, async () => (await readGroups(world)).every(isDecided));
      const groups = await readGroups(world);
      const sales = [...rush.sales, ...clicks.sales, ...late.sales];
      say("reading the books");
      const books = [
        claim("every order is decided", decidedMs !== undefined, { orders: groups.length }),
        ...(await moneyClaims(world, groups)),
        ...(await stockClaims(world, groups, sales)),
      ];
      say(`${size.charges} charges whose answers are lost`);
      const unheard = await unheardClaim(world, size.charges, say);
      return [...rush.claims(groups), ...clicks.claims(groups), ...late.claims(groups), unheard, ...books];
    } finally {
      await world.mesh.stop();
    }
  },
};

type Part = { readonly sales: readonly Sale[]; readonly claims: (groups: readonly GroupRow[]) => readonly Claim[] };
type Size = { readonly buyers: number; readonly pieces: number };
type Basket = { readonly guest: Guest; readonly quoteId: string; readonly email: string; readonly total: number };

async function basketOf({ shop }: World, sku: string, email: string): Promise<Basket> {
  const guest = await fillCart(shop, [sku]);
  const quoted = await quote(shop, guest, email);
  return { guest, email, quoteId: text(quoted, "id"), total: Number(text(quoted, "totals", "total", "minorUnits")) };
}

function saleOf({ email, total }: Basket, sku: string): Sale {
  return { email, skus: [sku], total, state: "", groupId: "", refusal: "" };
}

/** More buyers than pieces, their carts full, all of them at the button at once. */
async function rushFor(world: World, { buyers, pieces }: Size, say: (line: string) => void): Promise<Part> {
  say(`${buyers} buyers want ${pieces} pieces`);
  const sku = await takePieces(world, pieces);
  const baskets: Basket[] = [];
  const fill = async (_: unknown, first: number): Promise<void> => {
    for (let index = first; index < buyers; index += CARTS_AT_ONCE) {
      baskets.push(await basketOf(world, sku, `rush-${index}@example.com`));
    }
  };
  await Promise.all(Array.from({ length: CARTS_AT_ONCE }, fill));
  const told = await Promise.all(baskets.map(({ guest, quoteId }) => placeOnce(world, guest, quoteId)));
  const left = await available(world.shop, sku);
  const confirmed = told.filter((word) => word === "CONFIRMED");
  const soldOut = told.filter((word) => word === "REJECTED OUT_OF_STOCK");
  const again = await askedAgain(world);
  return {
    sales: baskets.map((basket) => saleOf(basket, sku)),
    claims: () => [
      claim(
        `${buyers} buyers for ${pieces} pieces: exactly ${pieces} sold, told at once`,
        confirmed.length === pieces && left === 0 && confirmed.length + soldOut.length === buyers,
        {
          sold: share(confirmed.length, pieces),
          left,
          told,
          "steps asked again": again,
        },
      ),
    ],
  };
}

/** Steps of checkouts that were not done the first time they were asked for, and why. */
async function askedAgain({ mesh }: World): Promise<readonly string[]> {
  const rows = await mesh.infrastructure.rows("order", ASKED_AGAIN);
  return rows.map(({ step, result, detail }) => `${String(step)} ${String(result)} ${String(detail)}`);
}

/** What one click was told; tried again only where a door was full. */
async function placeOnce({ shop }: World, guest: Guest, quoteId: string): Promise<string> {
  for (;;) {
    try {
      const { state, answer } = await place(shop, guest, quoteId, cards.good);
      return `${state} ${text(answer, "rejectReason")}`.trim();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code !== "resource_exhausted" && error.code !== "unavailable") return `${error.code} ${error.reason}`;
    }
  }
}

/** One cart, fifty clicks at once, half of them by keys of their own. */
async function clickOften(world: World, say: (line: string) => void): Promise<Part> {
  say(`${CLICKS} clicks on one cart`);
  const sku = await takePieces(world, CLICKS);
  const basket = await basketOf(world, sku, "clicks@example.com");
  const click = async (_: unknown, index: number) => {
    const key = index % 2 === 0 ? `click-${index}` : "click";
    for (;;) {
      const placed = await place(world.shop, basket.guest, basket.quoteId, cards.good, key).catch(orAway);
      if (placed !== undefined) return placed;
    }
  };
  const placed = await Promise.all(Array.from({ length: CLICKS }, click));
  const ids = new Set(placed.map(({ groupId }) => groupId));
  const left = await available(world.shop, sku);
  return {
    sales: [saleOf(basket, sku)],
    claims(groups) {
      const mine = groups.filter(({ email }) => email === basket.email);
      return [
        claim(
          `${CLICKS} parallel submits of one cart: 1 order`,
          ids.size === 1 && mine.length === 1 && left === CLICKS - 1,
          {
            answers: placed.map(({ state }) => state),
            orders: mine.length,
            "pieces taken": CLICKS - left,
          },
        ),
      ];
    },
  };
}

/** Money that comes once the hold is over: one buyer's piece is still there, the other's was held by somebody else meanwhile. */
async function payLate(world: World, say: (line: string) => void): Promise<Part> {
  say("payments after the holds are over");
  const [roomy, scarce] = [await takePieces(world, 5), await takePieces(world, 1)];
  const [lucky, unlucky] = [
    await basketOf(world, roomy, "lucky@example.com"),
    await basketOf(world, scarce, "unlucky@example.com"),
  ];
  const other = await basketOf(world, scarce, "other@example.com");
  const actions = await Promise.all(
    [lucky, unlucky].map(({ guest, quoteId }) => place(world.shop, guest, quoteId, cards.threeDSecure)),
  );
  await hidePayment(world, true);
  for (const { answer } of actions) await world.outside.passCheck(text(answer, "actionUrl"));
  await world.shop.call("shop.mesh.v1.ClockService/Advance", { by: `${HOLD_EXPIRES_S}s` }, world.admin);
  const lateQuote = await quote(world.shop, other.guest, other.email);
  // It cannot pay yet either, but it holds.
  const clicked = place(world.shop, other.guest, text(lateQuote, "id"), cards.good).catch(orAway);
  await within(DECIDED_WITHIN_MS, async () => (await available(world.shop, scarce)) === 0);
  await hidePayment(world, false);
  await clicked;
  return {
    sales: [saleOf(lucky, roomy), saleOf(unlucky, scarce), saleOf(other, scarce)],
    claims(groups) {
      const endOf = ({ email }: Basket): string => {
        const found = groups.find((group) => group.email === email);
        return `${found?.state ?? "none"} ${found?.rejectReason ?? ""}`.trim();
      };
      return [
        claim("payment after the hold expired: allocated again where a piece is left", endOf(lucky) === "confirmed", {
          she: endOf(lucky),
        }),
        claim(
          "payment after the hold expired: refunded by itself where none is",
          endOf(unlucky).startsWith("rejected") && endOf(other) === "confirmed",
          { she: endOf(unlucky), "who held it meanwhile": endOf(other) },
        ),
      ];
    },
  };
}

async function hidePayment({ shop, admin }: World, isHidden: boolean): Promise<void> {
  const fault: Json = { service: "payment", name: "hidden", method: AUTHORIZE, unreachable: {}, ttl: "600s" };
  if (isHidden) await shop.call("shop.mesh.v1.FaultService/SetFault", fault, admin);
  else await shop.call("shop.mesh.v1.FaultService/ClearFaults", { service: "payment" }, admin);
}

async function unheardClaim(world: World, count: number, say: (line: string) => void): Promise<Claim> {
  const before = (await readGroups(world)).length;
  const { authorized, unknown, charged } = await chargeUnheard(world, count, say);
  const twice = [...charged.values()].filter((times) => times > 1).length;
  const holds = authorized === count && unknown >= count && twice === 0 && charged.size >= count && before > 0;
  return claim(`a charge whose answer is lost, ${count} times: 0 doubles`, holds, {
    authorized,
    "answers lost": unknown,
    twice,
  });
}
