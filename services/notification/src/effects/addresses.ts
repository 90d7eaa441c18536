import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "@shopmesh/kernel";
import { addressKey } from "../suppression.ts";

/** What an address is kept as where nothing needs to be sent to it. */
export function hashOf(address: string): string {
  return createHash("sha256").update(addressKey(address)).digest("hex");
}

/** Links by which who got a mail ends its topic: they name the delivery, and nobody else can make them. */
export type UnsubscribeLinks = {
  /** What a link ends with. */
  tokenOf(deliveryId: string): string;
  /** The delivery of a token. Throws UNSUBSCRIBE_LINK_INVALID. */
  deliveryOf(token: string): string;
};

const SIGNATURE_BYTES = 16;

export function createUnsubscribeLinks(secret: Uint8Array): UnsubscribeLinks {
  const sign = (id: string) => createHmac("sha256", secret).update(id).digest().subarray(0, SIGNATURE_BYTES);
  return {
    tokenOf: (deliveryId) => `${deliveryId}.${sign(deliveryId).toString("base64url")}`,
    deliveryOf(token) {
      const [id = "", signature = ""] = token.split(".");
      const given = Buffer.from(signature, "base64url");
      if (given.length === SIGNATURE_BYTES && timingSafeEqual(given, sign(id))) return id;
      throw new DomainError("denied", "UNSUBSCRIBE_LINK_INVALID", { field: "token" });
    },
  };
}
