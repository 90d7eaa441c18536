import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { GiftCardSchema } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { GiftCardIssuedSchema } from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import type { PaymentAdminService, PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { type Handlers, timeField } from "@shopmesh/mesh";
import type { GiftCodes } from "../effects/gift-codes.ts";
import { availableOn, type GiftCard, lastFourOf, newGiftCard } from "../gift-card.ts";
import { issueMovement } from "../ledger.ts";
import { findGiftCard, insertGiftCard } from "../store/gift-cards.ts";
import { insertMovements } from "../store/ledger.ts";
import { moneyOf } from "./authorize.ts";

export type GiftCardDeps = { readonly codes: GiftCodes; readonly clock: Clock; readonly newId: () => string };

export function giftCardHandlers({
  codes,
  clock,
}: GiftCardDeps): Pick<Handlers<typeof PaymentService>, "getGiftCardBalance" | "mintGiftCardCode"> {
  return {
    async getGiftCardBalance({ code }, call) {
      const card = await findGiftCard(call.sql, { code_hash: codes.hashOf(code) });
      if (card === undefined) throw new DomainError("not-found", "GIFT_CARD_NOT_FOUND", {});
      return { available: availableOn(card, clock()), ...expireTimeOf(card) };
    },
    async mintGiftCardCode({ giftCardId }, call) {
      const card = await findGiftCard(call.sql, { id: giftCardId });
      if (card === undefined) throw new DomainError("not-found", "GIFT_CARD_NOT_FOUND", { gift_card_id: giftCardId });
      return { code: codes.codeOf(card.id) };
    },
  };
}

export function giftCardAdminHandlers({
  codes,
  clock,
  newId,
}: GiftCardDeps): Pick<Handlers<typeof PaymentAdminService>, "issueGiftCard"> {
  return {
    async issueGiftCard(request, call) {
      const nowMs = clock();
      const id = newId();
      const code = codes.codeOf(id);
      const card = newGiftCard({
        id,
        codeHash: codes.hashOf(code),
        lastFour: lastFourOf(code),
        amount: moneyOf(request.amount),
        expireMs: request.expireTime === undefined ? undefined : timestampMs(request.expireTime),
        personId: request.personId || undefined,
        reason: request.reason,
        createMs: nowMs,
      });
      await call.transaction(async (tx) => {
        const world = { nowMs, newId };
        await insertGiftCard(tx, card, world);
        const movements = [issueMovement(card.amount)];
        await insertMovements(tx, [{ transferId: id, paymentId: "", orderGroupId: "", movements }], world);
        const told = { giftCardId: id, amount: card.amount, personId: card.personId ?? "", ...expireTimeOf(card) };
        tx.emit(GiftCardIssuedSchema, told, { id, version: 1 });
      });
      return { giftCard: giftCardToProto(card), code };
    },
  };
}

function giftCardToProto(card: GiftCard): MessageInitShape<typeof GiftCardSchema> {
  return {
    id: card.id,
    amount: card.amount,
    balance: card.balance,
    held: card.held,
    ...expireTimeOf(card),
    personId: card.personId ?? "",
    reason: card.reason,
    lastFour: card.lastFour,
    createTime: timestampFromMs(card.createMs),
  };
}

function expireTimeOf({ expireMs }: GiftCard) {
  return timeField("expireTime", expireMs);
}
