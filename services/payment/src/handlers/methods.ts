import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type SavedMethodSchema, SavedMethodState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Actor, cutPage, type Handlers, idPart, readPage } from "@shopmesh/mesh";
import { removeMethod, saveMethod } from "../effects/methods.ts";
import type { SavedMethod } from "../saved-method.ts";
import { listMethods } from "../store/methods.ts";
import type { AuthorizeDeps } from "./authorize.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

type Methods = "listSavedMethods" | "saveMethod" | "removeSavedMethod";

export function methodHandlers({ desk, publicUrl }: AuthorizeDeps): Pick<Handlers<typeof PaymentService>, Methods> {
  return {
    async listSavedMethods(request, call) {
      const page = readPage(request, pages);
      const found = await listMethods(call.sql, personOf(call.actor), { limit: page.limit, afterId: page.after?.[0] });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { methods: rows.map(methodToProto), nextPageToken };
    },
    async saveMethod({ requestId, paymentMethod, returnUrl }, call) {
      const wish = { personId: personOf(call.actor), requestId, paymentMethod };
      const method = await saveMethod(desk, call, { ...wish, returnUrl: returnUrl || `${publicUrl}/account/payment` });
      return { method: methodToProto(method) };
    },
    async removeSavedMethod({ savedMethodId }, call) {
      await removeMethod(desk, call, savedMethodId);
      return {};
    },
  };
}

/** The contract lets only people in. */
function personOf(actor: Actor): string {
  if (actor.kind === "person") return actor.id;
  throw new DomainError("denied", "ACCESS_DENIED", {});
}

const states = {
  pending: SavedMethodState.PENDING,
  "requires-action": SavedMethodState.REQUIRES_ACTION,
  active: SavedMethodState.ACTIVE,
  failed: SavedMethodState.FAILED,
  removed: SavedMethodState.UNSPECIFIED,
} as const satisfies Record<SavedMethod["state"], SavedMethodState>;

function methodToProto(method: SavedMethod): MessageInitShape<typeof SavedMethodSchema> {
  return {
    id: method.id,
    state: states[method.state],
    cardBrand: method.cardBrand,
    cardLastFour: method.cardLastFour,
    expireMonth: method.expireMonth,
    expireYear: method.expireYear,
    actionUrl: method.actionUrl,
    failureReason: method.failureReason,
    createTime: timestampFromMs(method.createMs),
  };
}
