import type { TaxRate as TaxRateMessage } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { OrderAdminService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { cutPage, type Handlers, type Kept, readPage, textPart } from "@shopmesh/mesh";
import { listTaxRates, lockTaxRates, upsertTaxRate } from "../store/tax-rates.ts";
import { jurisdictionOf, type TaxRate } from "../tax.ts";

/** What the table of taxes needs. */
export type TaxHandlerDeps = { readonly clock: Clock; readonly taxes: Pick<Kept<unknown>, "forget"> };

const pages = { standard: 50, most: 200, key: [textPart, textPart, textPart, textPart] } as const;

export function taxHandlers({
  clock,
  taxes,
}: TaxHandlerDeps): Handlers<typeof OrderAdminService, "setTaxRate" | "listTaxRates"> {
  return {
    async setTaxRate({ rate: asked }, call) {
      if (asked === undefined) throw new DomainError("invalid", "TAX_RATE_MISSING", { field: "rate" });
      const rate = rateOf(asked);
      await call.transaction(async (tx) => {
        const others = await lockTaxRates(tx, rate.countryCode);
        const other = others.find((known) => !isSamePlace(known, rate) && known.isInclusive !== rate.isInclusive);
        if (other !== undefined)
          throw new DomainError("precondition", "TAX_RATES_MIXED", {
            country: rate.countryCode,
            jurisdiction: other.jurisdiction,
            inclusive: String(other.isInclusive),
          });
        await upsertTaxRate(tx, rate, clock());
        tx.onCommit(() => taxes.forget());
      });
      return { rate: rateToProto(rate) };
    },
    async listTaxRates(request, call) {
      const page = readPage(request, pages);
      const found = await listTaxRates(call.sql, request.countryCode, page);
      const { rows, nextPageToken } = cutPage(found, page, keyOf);
      return { rates: rows.map(rateToProto), nextPageToken };
    },
  };
}

function keyOf({ countryCode, region, postalPrefix, category }: TaxRate) {
  return [countryCode, region, postalPrefix, category] as const;
}

function isSamePlace(left: TaxRate, right: TaxRate): boolean {
  return keyOf(left).every((part, index) => part === keyOf(right)[index]);
}

function rateOf(asked: TaxRateMessage): TaxRate {
  const { countryCode, region, postalPrefix, category, rateBasisPoints, inclusive, marketplaceCollects } = asked;
  const rate = { countryCode, region, postalPrefix, category, rateBasisPoints, marketplaceCollects };
  const named = { ...rate, isInclusive: inclusive, jurisdiction: asked.jurisdiction };
  return { ...named, jurisdiction: asked.jurisdiction || jurisdictionOf(named) };
}

function rateToProto({ isInclusive, ...rate }: TaxRate) {
  return { ...rate, inclusive: isInclusive };
}
