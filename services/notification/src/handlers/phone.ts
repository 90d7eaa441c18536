import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { NotificationService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, ServiceContext, Tx } from "@shopmesh/mesh";
import { newDelivery } from "../delivery.ts";
import { hashOf } from "../effects/addresses.ts";
import { enqueueDelivery } from "../effects/deliver.ts";
import type { PhoneCodes } from "../effects/phone-codes.ts";
import { CODE_TTL_MS, CODES_WITHIN_MS, codeToShow, refuseManyCodes, wrongCode } from "../phone.ts";
import type { Settings } from "../preference.ts";
import { insertDeliveries } from "../store/deliveries.ts";
import { codesSentSince, countTry, insertCode, lastCode } from "../store/phone-codes.ts";
import { lockSettings, updateSettings } from "../store/settings.ts";
import { listSuppressions } from "../store/suppressions.ts";
import { withheldBy } from "../suppression.ts";
import { personOf } from "./inbox.ts";
import { settingsToProto } from "./proto.ts";

export type PhoneDeps = Pick<ServiceContext, "clock" | "newId"> & {
  readonly phoneCodes: PhoneCodes;
  readonly isSmsOffered: boolean;
};

/** How a person proves that a number is hers. */
export function phoneHandlers(
  deps: PhoneDeps,
): Handlers<typeof NotificationService, "sendPhoneCode" | "verifyPhoneNumber"> {
  const { clock, phoneCodes } = deps;
  return {
    async sendPhoneCode(_request, call) {
      const sentMs = await call.transaction((tx) => sendCode(deps, tx, personOf(call)));
      return sentMs === undefined ? {} : { expireTime: timestampFromMs(sentMs + CODE_TTL_MS) };
    },
    async verifyPhoneNumber({ code }, call) {
      const personId = personOf(call);
      const proved = await call.transaction((tx) => prove(tx, personId, (id) => phoneCodes.isRight(id, code), clock()));
      if (proved instanceof DomainError) throw proved;
      return { preferences: settingsToProto(proved) };
    },
  };
}

/** Sends a code to a person's number; when, undefined where it is proved. */
async function sendCode({ clock, newId, isSmsOffered }: PhoneDeps, tx: Tx, personId: string) {
  const nowMs = clock();
  const { phoneNumber, phoneVerifiedMs } = await lockSettings(tx, personId, nowMs);
  if (phoneNumber === "") {
    throw new DomainError("precondition", "PHONE_NUMBER_MISSING", { field: "settings.phone_number" });
  }
  if (phoneVerifiedMs !== undefined) return undefined;
  if (!isSmsOffered) throw new DomainError("precondition", "SMS_NOT_CONFIGURED");
  const numberHash = hashOf(phoneNumber);
  const withheld = withheldBy(await listSuppressions(tx, numberHash), "phone-code", "sms");
  if (withheld !== undefined) throw new DomainError("precondition", "PHONE_NUMBER_STOPPED", { reason: withheld });
  refuseManyCodes(await codesSentSince(tx, numberHash, nowMs - CODES_WITHIN_MS), nowMs);
  const id = newId();
  await insertCode(tx, personId, { id, numberHash, tryCount: 0, createMs: nowMs });
  const delivery = newDelivery({
    id,
    onceKey: `phone-code/${id}`,
    template: "phone-code",
    channel: "sms",
    recipient: phoneNumber,
    eventId: id,
    customerId: personId,
    facts: { codeId: id },
    nowMs,
  });
  await insertDeliveries(tx, [delivery]);
  enqueueDelivery(tx, delivery);
  return nowMs;
}

/** The settings with the number proved; or the refusal of a wrong code, which has been counted: it must not be thrown in `tx`. */
async function prove(
  tx: Tx,
  personId: string,
  isRight: (codeId: string) => boolean,
  nowMs: number,
): Promise<Settings | DomainError> {
  const settings = await lockSettings(tx, personId, nowMs);
  if (settings.phoneVerifiedMs !== undefined) return settings;
  const code = codeToShow(await lastCode(tx, personId), hashOf(settings.phoneNumber), nowMs);
  if (!isRight(code.id)) {
    await countTry(tx, code.id);
    return wrongCode({ ...code, tryCount: code.tryCount + 1 });
  }
  const proved = { ...settings, phoneVerifiedMs: nowMs };
  await updateSettings(tx, personId, proved, nowMs);
  return proved;
}
