import type {
  PromotionAdminService,
  UpdatePromotionRequest,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import {
  PromotionChangedSchema,
  PromotionEndedSchema,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_events_pb.ts";
import { type Clock, DomainError, type Entropy } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, idPart, readPage, type Tx } from "@shopmesh/mesh";
import type { AutomaticPromotions } from "../effects/automatic.ts";
import { amend, isOpenAt, type Promotion, pause, resume } from "../promotion.ts";
import { findGroups, setGroups } from "../store/customers.ts";
import { insertPromotion, listPromotions, lockPromotion, updatePromotion } from "../store/promotions.ts";
import { setTold, toldOf } from "../store/told.ts";
import { codeHandlers } from "./codes.ts";
import { amendmentOf, promotionOf } from "./definition.ts";
import { dryRun } from "./dry-run.ts";
import { promotionToProto } from "./proto.ts";
import { ownPromotion, scopeOf } from "./scope.ts";

/** What administrators and sellers need. */
export type AdminHandlerDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly entropy: Entropy;
  readonly automatic: Pick<AutomaticPromotions, "forget">;
  /** The currency of every price in the shop. */
  readonly currencyCode: string;
};

const pages = { standard: 50, most: 200, key: [idPart] } as const;

type PromotionNames =
  | "createPromotion"
  | "updatePromotion"
  | "pausePromotion"
  | "resumePromotion"
  | "listPromotions"
  | "dryRunPromotion";

export function adminHandlers(deps: AdminHandlerDeps): Handlers<typeof PromotionAdminService> {
  return { ...promotionHandlers(deps), ...codeHandlers(deps), ...groupHandlers() };
}

function promotionHandlers(deps: AdminHandlerDeps): Handlers<typeof PromotionAdminService, PromotionNames> {
  const { currencyCode } = deps;
  const answer = (promotion: Promotion) => ({ promotion: promotionToProto(promotion, currencyCode) });
  return {
    async createPromotion(request, call) {
      const making = { id: deps.newId(), nowMs: deps.clock(), currencyCode, sellerId: scopeOf(call.actor) };
      const promotion = promotionOf(request, making);
      await call.transaction(async (tx) => {
        if (!(await insertPromotion(tx, promotion))) {
          throw new DomainError("exists", "COUPON_CODE_TAKEN", { coupon_code: promotion.couponCode });
        }
        tellChange(deps, tx, promotion);
      });
      return answer(promotion);
    },
    async updatePromotion(request, call) {
      return answer(await call.transaction((tx) => update(deps, tx, request, call)));
    },
    async pausePromotion({ promotionId }, call) {
      return answer(await call.transaction((tx) => change(deps, tx, { promotionId, turn: pause }, call)));
    },
    async resumePromotion({ promotionId }, call) {
      return answer(await call.transaction((tx) => change(deps, tx, { promotionId, turn: resume }, call)));
    },
    async listPromotions(request, call) {
      const page = readPage(request, pages);
      const filter = { limit: page.limit, afterId: page.after?.[0], sellerId: scopeOf(call.actor) };
      const found = await listPromotions(call.sql, filter, currencyCode);
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { promotions: rows.map((promotion) => promotionToProto(promotion, currencyCode)), nextPageToken };
    },
    dryRunPromotion: (request, call) => dryRun(deps, request, call),
  };
}

function groupHandlers(): Handlers<typeof PromotionAdminService, "setCustomerGroups" | "getCustomerGroups"> {
  return {
    async setCustomerGroups({ customerId, groups }, call) {
      await call.transaction((tx) => setGroups(tx, customerId, groups));
      return { groups: groups.toSorted() };
    },
    async getCustomerGroups({ customerId }, call) {
      return { groups: [...(await findGroups(call.sql, customerId))] };
    },
  };
}

async function update(
  deps: AdminHandlerDeps,
  tx: Tx,
  request: UpdatePromotionRequest,
  { actor }: Call,
): Promise<Promotion> {
  const { id = "", etag = "" } = request.promotion ?? {};
  const before = ownPromotion(await lockPromotion(tx, id, deps.currencyCode), id, actor);
  const after = amend(before, amendmentOf(request), etag, deps.currencyCode);
  await updatePromotion(tx, after);
  // Moved on past an end that was told: it starts again.
  if (isOpenAt(after, deps.clock()) && (await toldOf(tx, id)) === "ended") await setTold(tx, [id], "none");
  tellChange(deps, tx, after);
  return after;
}

/** Turns a promotion on or off; nothing where it is. */
async function change(
  deps: AdminHandlerDeps,
  tx: Tx,
  { promotionId, turn }: { readonly promotionId: string; readonly turn: (promotion: Promotion) => Promotion },
  { actor }: Call,
): Promise<Promotion> {
  const before = ownPromotion(await lockPromotion(tx, promotionId, deps.currencyCode), promotionId, actor);
  const after = turn(before);
  if (after === before) return before;
  await updatePromotion(tx, after);
  const told = await toldOf(tx, promotionId);
  if (after.state === "paused" && told === "started") {
    const fields = { promotionId, sellerId: after.sellerId ?? "", reason: "PAUSED" };
    tx.emit(PromotionEndedSchema, fields, { id: promotionId, version: after.version });
  }
  // The scheduler tells its start once it is usable again.
  if (told === "started") await setTold(tx, [promotionId], "none");
  tellChange(deps, tx, after);
  return after;
}

/** Lets every process know, this one at once. */
function tellChange({ automatic }: AdminHandlerDeps, tx: Tx, { id, version }: Promotion): void {
  tx.emit(PromotionChangedSchema, { promotionId: id }, { id, version });
  tx.onCommit(() => automatic.forget());
}
