import { uuidv7 } from "@shopmesh/kernel";
import { blockEntropy } from "./host/entropy.ts";

const entropy = blockEntropy();

/** The id of a request that came without one. */
export function newRequestId(): string {
  return uuidv7(Date.now(), entropy);
}
