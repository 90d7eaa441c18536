import type { CartResponse } from "./proto.ts";
import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, numberPart, personIdOf, readPage, textPart } from "@shopmesh/mesh";
import { addItem, type Cart, cartChanged, removeItem } from "../cart.ts";
import type { Reading } from "../offer.ts";
import { priceLine } from "../pricing.ts";
import { addToSaved, refuseFull } from "../saved.ts";
import { countSaved, deleteSaved, findSaved, listSaved, writeSaved } from "../store/saved.ts";
import type { Change } from "./change.ts";
import { lineToProto } from "./proto.ts";
import { type Readers, readGoods, unknown } from "./reading.ts";

const pages = { standard: 50, most: 200, key: [numberPart, textPart] } as const;

type SavedMethods = "saveForLater" | "listSaved" | "moveSavedToCart" | "removeSaved";

/** What a customer keeps for later; `change` changes a cart and shows it. */
export function savedHandlers(
  { readers, clock }: { readonly readers: Readers; readonly clock: Clock },
  change: (asked: Change, call: Call) => Promise<CartResponse>,
): Pick<Handlers<typeof CartService>, SavedMethods> {
  return {
    saveForLater({ cartId, sku, etag }, call) {
      const customerId = customerOf(call);
      const beside: Change["beside"] = async (tx, before) => {
        const known = await findSaved(tx, customerId, sku);
        if (known === undefined) refuseFull(await countSaved(tx, customerId));
        await writeSaved(tx, addToSaved(known, lineOf(before, sku), { customerId, nowMs: clock() }));
      };
      const edit: Change["edit"] = (content) => {
        lineOf(content, sku);
        return removeItem(sku)(content);
      };
      return change({ cartId, etag, edit, beside }, call);
    },
    async listSaved(request, call) {
      const page = readPage(request, pages);
      const found = await listSaved(call.sql, customerOf(call), page);
      const { rows, nextPageToken } = cutPage(found, page, ({ saveMs, sku }) => [String(saveMs), sku]);
      const reading = await readGoods(readers, rows, call);
      const items = rows.map((item) => ({
        line: lineToProto(priceLine(item, reading)),
        saveTime: timestampFromMs(item.saveMs),
      }));
      return { items, nextPageToken };
    },
    async moveSavedToCart({ cartId, sku, etag }, call) {
      const customerId = customerOf(call);
      const saved = await findSaved(call.sql, customerId, sku);
      if (saved === undefined) throw new DomainError("not-found", "SAVED_NOT_FOUND", { sku });
      const { quantity, seen } = saved;
      const edit = addItem({ sku, quantity, ...(seen === undefined ? {} : { seen }) });
      const beside: Change["beside"] = async (tx, before) => {
        // Taken or changed in another tab meanwhile.
        if (!(await deleteSaved(tx, customerId, sku, quantity))) throw cartChanged(before);
      };
      return change({ cartId, etag, edit, check: refuseUnsellable(sku), beside }, call);
    },
    async removeSaved({ sku }, call) {
      await deleteSaved(call.sql, customerOf(call), sku);
      return {};
    },
  };
}

/** Refuses what is not sold. Throws CATALOG_UNAVAILABLE, OVERLOADED, SKU_NOT_FOUND. */
export function refuseUnsellable(sku: string): (reading: Reading) => void {
  return (reading) => {
    const { offers } = reading;
    if (offers === undefined) throw unknown(reading, "CATALOG_UNAVAILABLE", { sku });
    if (offers.get(sku)?.isSellable !== true) throw new DomainError("not-found", "SKU_NOT_FOUND", { sku });
  };
}

function customerOf({ actor }: Call): string {
  return personIdOf(actor) ?? "";
}

function lineOf({ items }: Pick<Cart, "items">, sku: string): Cart["items"][number] {
  const line = items.find((item) => item.sku === sku);
  if (line === undefined) throw new DomainError("not-found", "LINE_NOT_FOUND", { sku });
  return line;
}
