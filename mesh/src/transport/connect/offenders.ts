import type { Log } from "../../log.ts";
import { type Allowance, createAllowance } from "./allowance.ts";

/** Addresses whose HTTP/2 connections had to be ended for what they sent. */
export type Offenders = {
  /** Notes one more such connection. */
  note(address: string): void;
  /** Whether it was too many of late: the address gets no other one for now. */
  has(address: string): boolean;
};

/** So many in a breath: programs do go wrong, and an address may be that of many people. */
const OFFENCES = 3;
const FORGIVEN_PER_SECOND = 0.1;
const MAX_ADDRESSES = 10_000;
/** A port tells of them at most so often. */
const SAY_EVERY_MS = 10_000;

/** Remembers offenders, at most 10,000; `isProxy` tells who speaks for many clients and is never one. */
export function createOffenders(log: Log, isProxy: (address: string) => boolean = () => false): Offenders {
  const byAddress = new Map<string, Allowance>();
  let saidMs = Number.NEGATIVE_INFINITY;
  return {
    note(address) {
      if (isProxy(address)) return;
      const known = byAddress.get(address);
      const allowance = known ?? createAllowance(OFFENCES, FORGIVEN_PER_SECOND);
      if (known === undefined) {
        if (byAddress.size >= MAX_ADDRESSES) forget(byAddress);
        byAddress.set(address, allowance);
      }
      allowance.take();
      if (allowance.isLeft() || performance.now() - saidMs < SAY_EVERY_MS) return;
      log.warn("an address gets no HTTP/2 connection for some seconds: it floods them", { address });
      saidMs = performance.now();
    },
    has(address) {
      return byAddress.get(address)?.isLeft() === false;
    },
  };
}

/** Makes room: those that are forgiven go, else whoever came first. */
function forget(byAddress: Map<string, Allowance>): void {
  for (const [address, allowance] of byAddress) if (allowance.isFull()) byAddress.delete(address);
  if (byAddress.size >= MAX_ADDRESSES) byAddress.delete(byAddress.keys().next().value ?? "");
}
