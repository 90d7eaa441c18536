import { createHash, type KeyObject } from "node:crypto";
import type { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, type Entropy, money, orderNumber } from "@shopmesh/kernel";
import type { Call, Client, Handlers, Kept } from "@shopmesh/mesh";
import { destinationOf } from "../changing.ts";
import { changeAftersale } from "../effects/aftersale.ts";
import type { Offer } from "../quote.ts";
import { priceReplacement } from "../replacement.ts";
import { changeReturn, requestReturn, returnIn } from "../returning.ts";
import { findOrder } from "../store/orders.ts";
import type { TaxRate } from "../tax.ts";
import { guestToken } from "./checkout.ts";
import { moneyOf } from "./money.ts";
import { returnReasonName, returnToProto } from "./return-proto.ts";
import { shareTenders } from "./tenders.ts";

/** What buyers need to exchange goods. */
export type ExchangeHandlerDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly entropy: Entropy;
  readonly guestSecret: KeyObject;
  readonly catalog: Pick<Client<typeof CatalogService>, "batchGetOffers">;
  readonly taxes: Pick<Kept<readonly TaxRate[]>, "get">;
};

/** Exchanges, as buyers ask for them: a return with what is wanted instead of its money. */
export function exchangeHandlers(deps: ExchangeHandlerDeps): Handlers<typeof OrderService, "requestExchange"> {
  const { clock, newId, entropy, guestSecret } = deps;
  return {
    async requestExchange({ orderId, lines, replacements, note, tenders, returnUrl }, call) {
      const { order } = await findOrder(call.sql, orderId);
      const offers = await offersOf(
        deps,
        replacements.map(({ sku }) => sku),
        call,
      );
      const taxRates = await deps.taxes.get();
      const [id, groupId, nowMs] = [newId(), newId(), clock()];
      const returned = lines.map((line) => ({ ...line, reason: returnReasonName(line.reason) }));
      const ids = {
        groupId,
        orderId: newId(),
        orderNumber: orderNumber(call.region, entropy),
        paymentId: newId(),
        guestTokenHash: createHash("sha256").update(guestToken(guestSecret, groupId)).digest("hex"),
      };
      const { after } = await call.transaction((tx) =>
        changeAftersale(tx, { groupId: order.groupId, orderId: order.id }, nowMs, (present, { group }) => {
          const asked = requestReturn(present, returned, { id, note }, nowMs);
          const address = destinationOf(present, group);
          const price = priceReplacement(present, { returned, wanted: replacements, offers, taxRates, address, newId });
          const shared = shareTenders(price, tenders).map(({ minorUnits, ...means }) => ({
            ...means,
            amount: money(price.credit.currencyCode, BigInt(minorUnits)),
          }));
          const exchange = { state: "wanted", ...price, ...ids, tenders: shared, returnUrl } as const;
          return changeReturn(asked, id, (one) => ({ ...one, exchange }), nowMs);
        }),
      );
      return { return: returnToProto(returnIn(after, id), after) };
    },
  };
}

/** What is sold under these skus now; what is not sold is left out. */
async function offersOf(
  { catalog }: ExchangeHandlerDeps,
  skus: readonly string[],
  call: Call,
): Promise<readonly Offer[]> {
  const { offers } = await catalog.batchGetOffers({ skus: [...new Set(skus)] }, call);
  return offers
    .filter(({ sellable }) => sellable)
    .map(({ price, productVersion, ...offer }) => {
      const { sku, title, optionTitle, sellerId, sellerName, productId, categoryId, pictureUrl, weightGrams } = offer;
      const unitPrice = moneyOf(price);
      return {
        ...{ sku, title, optionTitle, sellerId, sellerName, productId, categoryId, pictureUrl, weightGrams, unitPrice },
        productVersion: Number(productVersion),
      };
    });
}
