import { randomFillSync } from "node:crypto";
import type { Entropy } from "@shopmesh/kernel";

/** Asking the system for a few bytes costs as much as asking for all of these. */
const BLOCK_BYTES = 4_096;

/** Bytes nobody can guess, taken from blocks of the system's; each is given out once. */
export function blockEntropy(): Entropy {
  let block = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (length > BLOCK_BYTES / 4) return randomFillSync(new Uint8Array(length));
    if (used + length > block.length) {
      block = randomFillSync(new Uint8Array(BLOCK_BYTES));
      used = 0;
    }
    used += length;
    return block.slice(used - length, used);
  };
}
