import type { Money as MoneyMessage } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import type {
  AuthorizePaymentRequest,
  PaymentGiftCard,
  PaymentTender,
} from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError, type Money, money } from "@shopmesh/kernel";
import type { Call, Tx } from "@shopmesh/mesh";
import type { Book } from "../book.ts";
import { type Desk, traceOrders } from "../effects/change.ts";
import { emitChanges } from "../effects/events.ts";
import { hashOfCode } from "../effects/gift-codes.ts";
import { customerOf, requireOwnMethod } from "../effects/methods.ts";
import { type GiftCard, holdRefusal } from "../gift-card.ts";
import { ASK_AGAIN_MS, type Authorization, fail, type Payment, transition } from "../payment.ts";
import type { ProviderName } from "../provider.ts";
import { lockGiftCards, moveGifts } from "../store/gift-cards.ts";
import { findBook, insertPayment } from "../store/payments.ts";
import { shareAmount } from "../tender.ts";

export type AuthorizeDeps = {
  readonly desk: Desk;
  /** Where payers come back to where the caller names no page. */
  readonly publicUrl: string;
};

/** Writes the intent down before anybody asks the provider, its gift cards held with it; or finds the payment of this id. */
export async function beginPayment(deps: AuthorizeDeps, request: AuthorizePaymentRequest, call: Call): Promise<Book> {
  const wish = readWish(request);
  const payment = newPayment(deps, request, { ...wish, ...(await cardOf(deps.desk, request, call)) });
  traceOrders(payment);
  if (wish.gifts.length === 0) {
    if (await insertPayment(call.sql, payment)) return { payment, transfers: [] };
  } else {
    const begun = await call.transaction((tx) => insertHolding(deps.desk, tx, payment, wish.gifts));
    if (begun !== undefined) return begun;
  }
  return findSame(payment, call);
}

/** What is asked for, shared out over its means. */
type Wish = {
  readonly amount: Money;
  readonly gifts: readonly GiftWish[];
  readonly provider: ProviderName | "";
};

/** The card that pays, by its provider's names; empty for none. */
type CardWish = Pick<Authorization, "paymentMethod" | "customer" | "savedMethodId" | "isSaving">;

const noCard: CardWish = { paymentMethod: "", customer: "", savedMethodId: "", isSaving: false };

/** Throws SAVED_METHOD_NOT_FOUND for one that the payer has not. */
async function cardOf(desk: Desk, request: AuthorizePaymentRequest, call: Call): Promise<CardWish> {
  const card = request.tenders.map(({ means }) => means).find((means) => means.case === "card")?.value;
  if (card === undefined) return noCard;
  const { customerId } = request;
  if (card.savedMethodId !== "") {
    const { id, customer, reference } = await requireOwnMethod(call, card.savedMethodId, customerId);
    return { paymentMethod: reference, customer, savedMethodId: id, isSaving: false };
  }
  const { paymentMethod } = card;
  // Whoever cannot be told apart at the provider now pays all the same; the card is not saved then.
  const customer = card.save && customerId !== "" ? await customerOf(desk, call, customerId) : undefined;
  if (customer === undefined) return { ...noCard, paymentMethod };
  return { paymentMethod, customer, savedMethodId: desk.newId(), isSaving: true };
}

type GiftWish = { readonly codeHash: string; readonly minorUnits: bigint };

/** Throws AMOUNT_NOT_POSITIVE, TENDERS_DO_NOT_MATCH, TENDERS_TOO_MANY, TENDERS_REPEATED. */
function readWish(request: AuthorizePaymentRequest): Wish {
  const amount = moneyOf(request.amount);
  if (amount.minorUnits <= 0n) {
    throw new DomainError("invalid", "AMOUNT_NOT_POSITIVE", { asked: String(amount.minorUnits) });
  }
  const tenders = request.tenders.map((tender) => ({
    means: tender.means,
    amount: tender.amount === undefined ? undefined : moneyOf(tender.amount),
  }));
  const promised = tenders.filter(({ means }) => means.case !== "giftCard");
  if (promised.length > 1) throw new DomainError("invalid", "TENDERS_TOO_MANY", { tenders: String(promised.length) });
  const gifts = shareAmount(tenders, amount).flatMap(({ means, minorUnits }) =>
    means.case === "giftCard" ? [{ codeHash: codeHashOf(means.value), minorUnits }] : [],
  );
  if (new Set(gifts.map(({ codeHash }) => codeHash)).size < gifts.length) {
    throw new DomainError("invalid", "TENDERS_REPEATED", { tenders: "gift_card" });
  }
  return { amount, gifts, provider: providerOf(promised[0]?.means.case) };
}

function providerOf(means: PaymentTender["means"]["case"]): ProviderName | "" {
  if (means === "card") return "stripe";
  return means === "paypal" ? "paypal" : "";
}

function codeHashOf({ card }: PaymentGiftCard): string {
  return card.case === "code" ? hashOfCode(card.value) : (card.value ?? "");
}

/**
 * Writes a payment with its gift cards held, in one transaction; undefined, and nothing held, where its id is known. A card that
 * cannot be held refuses the payment; cards that pay all have promised it.
 */
async function insertHolding(
  desk: Desk,
  tx: Tx,
  payment: Payment,
  gifts: readonly GiftWish[],
): Promise<Book | undefined> {
  const nowMs = desk.clock();
  const cards = await lockGiftCards(
    tx,
    gifts.map(({ codeHash }) => codeHash),
  );
  const begun = { payment: held(payment, gifts, cards, nowMs), transfers: [] };
  if (!(await insertPayment(tx, begun.payment))) return undefined;
  await moveGifts(tx, undefined, begun, { nowMs, newId: desk.newId });
  emitChanges(tx, { payment, transfers: [] }, begun);
  return begun;
}

function held(
  payment: Payment,
  gifts: readonly GiftWish[],
  cards: ReadonlyMap<string, GiftCard>,
  nowMs: number,
): Payment {
  const found = gifts.flatMap(({ codeHash, minorUnits }) => {
    const card = cards.get(codeHash);
    return card === undefined ? [] : [{ giftCardId: card.id, lastFour: card.lastFour, minorUnits }];
  });
  const refusals = gifts.map(({ codeHash, minorUnits }) =>
    holdRefusal(cards.get(codeHash), { ...payment.amount, minorUnits }, nowMs),
  );
  const refusal = refusals.find((reason) => reason !== undefined);
  if (refusal !== undefined) return { ...fail(payment, refusal), askMs: undefined };
  const paid = { ...payment, gifts: found };
  return payment.provider === "" ? { ...transition(paid, "authorized"), askMs: undefined } : paid;
}

async function findSame(payment: Payment, call: Call): Promise<Book> {
  const known = await findBook(call.sql, payment.id);
  if (known === undefined || known.payment.voidReason !== undefined) {
    throw new DomainError("precondition", "PAYMENT_VOIDED", { payment_id: payment.id });
  }
  const { amount, orderGroupId } = known.payment;
  const isSame =
    orderGroupId === payment.orderGroupId &&
    amount.currencyCode === payment.amount.currencyCode &&
    amount.minorUnits === payment.amount.minorUnits;
  if (isSame) return known;
  throw new DomainError("precondition", "PAYMENT_MISMATCH", { payment_id: payment.id });
}

function newPayment(
  { desk, publicUrl }: AuthorizeDeps,
  request: AuthorizePaymentRequest,
  wish: Wish & CardWish,
): Payment {
  const nowMs = desk.clock();
  const nothing = { ...wish.amount, minorUnits: 0n };
  const payment: Payment = {
    id: request.paymentId,
    orderGroupId: request.orderGroupId,
    version: 1,
    state: "created",
    amount: wish.amount,
    provider: wish.provider,
    gifts: [],
    taken: nothing,
    refunded: nothing,
    voidReason: undefined,
    failureReason: "",
    actionUrl: "",
    actionExpireMs: undefined,
    authorizationExpireMs: undefined,
    cardBrand: "",
    cardLastFour: "",
    isClosed: false,
    isMulticapture: false,
    reference: "",
    authorization: {
      paymentMethod: wish.paymentMethod,
      customer: wish.customer,
      savedMethodId: wish.savedMethodId,
      isSaving: wish.isSaving,
      attempt: 1,
      renewing: 0,
      promise: "",
      stray: "",
      orderNumbers: request.orderNumbers,
      returnUrl: request.returnUrl || `${publicUrl}/checkout/payments/${request.paymentId}`,
    },
    personId: request.customerId || undefined,
    guestTokenHash: request.guestTokenHash || undefined,
    askMs: nowMs + ASK_AGAIN_MS,
    createMs: nowMs,
    updateMs: nowMs,
  };
  // Nobody is written down as a payer at a provider that nobody can ask.
  if (payment.provider !== "") desk.providerOf(payment);
  return payment;
}

/** Required by the contract wherever this is asked. */
export function moneyOf(amount: MoneyMessage | undefined): Money {
  return money(amount?.currencyCode ?? "", amount?.minorUnits ?? 0n);
}
