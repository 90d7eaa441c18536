import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  GenerateCodesRequest,
  PromotionAdminService,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { type Clock, DomainError, type Entropy } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, readPage, textPart, type Tx } from "@shopmesh/mesh";
import { makeCodes } from "../code.ts";
import type { Promotion } from "../promotion.ts";
import { addCodeCount, insertCodes, listCodes } from "../store/codes.ts";
import { findPromotion, lockPromotion } from "../store/promotions.ts";
import { promotionToProto } from "./proto.ts";
import { ownPromotion } from "./scope.ts";

/** What generating codes needs. */
export type CodeHandlerDeps = { readonly clock: Clock; readonly entropy: Entropy; readonly currencyCode: string };

const pages = { standard: 1_000, most: 5_000, key: [textPart] } as const;

export function codeHandlers(
  deps: CodeHandlerDeps,
): Handlers<typeof PromotionAdminService, "generateCodes" | "listCodes"> {
  return {
    async generateCodes(request, call) {
      const promotion = await call.transaction((tx) => generate(deps, tx, request, call));
      return { promotion: promotionToProto(promotion, deps.currencyCode) };
    },
    async listCodes(request, call) {
      const { promotionId } = request;
      ownPromotion(await findPromotion(call.sql, promotionId, deps.currencyCode), promotionId, call.actor);
      const page = readPage(request, pages);
      const found = await listCodes(call.sql, promotionId, { after: page.after?.[0], limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ code }) => [code]);
      return {
        codes: rows.map(({ createMs, ...same }) => ({ ...same, createTime: timestampFromMs(createMs) })),
        nextPageToken,
      };
    },
  };
}

/** Writes exactly as many new codes as were asked for, whatever was known before. */
async function generate(
  { clock, entropy, currencyCode }: CodeHandlerDeps,
  tx: Tx,
  { promotionId, count, prefix }: GenerateCodesRequest,
  { actor }: Call,
): Promise<Promotion> {
  const promotion = ownPromotion(await lockPromotion(tx, promotionId, currencyCode), promotionId, actor);
  if (promotion.trigger !== "generated-codes") {
    throw new DomainError("precondition", "CODES_UNWANTED", { promotion_id: promotionId, trigger: promotion.trigger });
  }
  for (let left = count; left > 0; ) {
    left -= await insertCodes(tx, promotionId, makeCodes(left, prefix, entropy), clock());
  }
  await addCodeCount(tx, promotionId, count);
  return { ...promotion, codeCount: promotion.codeCount + count };
}
