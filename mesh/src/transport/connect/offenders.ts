import { BoundedMap } from "@shopmesh/kernel";
import type { Log } from "../../log.ts";
import { type Allowance, createAllowance } from "./allowance.ts";

/** Addresses whose HTTP/2 connections had to be ended for what they sent. */
export type Offenders = {
  /** Notes one more such connection. */
  note(address: string): void;
  /** Whether it was too many of late: the address gets no other one for now. */
  has(address: string): boolean;
  /** Whether so many had to be ended of late, from wherever, that the address, should it come next, is trusted with less. */
  areMany(address: string): boolean;
};

/** So many in a breath: programs do go wrong, and an address may be that of many people. */
const OFFENCES = 3;
const FORGIVEN_PER_SECOND = 0.1;
const MAX_ADDRESSES = 10_000;
/** From all addresses: more than programs that go wrong. */
const MANY = 5;
const MANY_FORGIVEN_PER_SECOND = 1;
/** After the last of many. */
const WARY_MS = 10_000;
/** A port tells of them at most so often. */
const SAY_EVERY_MS = 10_000;

/** Remembers the latest 10,000 offenders; `isProxy` tells who speaks for many clients and is never one. */
export function createOffenders(log: Log, isProxy: (address: string) => boolean = () => false): Offenders {
  const byAddress = new BoundedMap<string, Allowance>(MAX_ADDRESSES);
  const all = createAllowance(MANY, MANY_FORGIVEN_PER_SECOND);
  let waryUntilMs = Number.NEGATIVE_INFINITY;
  let saidMs = Number.NEGATIVE_INFINITY;
  return {
    note(address) {
      if (isProxy(address)) return;
      if (!all.take()) waryUntilMs = performance.now() + WARY_MS;
      const allowance = byAddress.get(address) ?? createAllowance(OFFENCES, FORGIVEN_PER_SECOND);
      byAddress.set(address, allowance);
      allowance.take();
      if (allowance.isLeft() || performance.now() - saidMs < SAY_EVERY_MS) return;
      log.warn("an address gets no HTTP/2 connection for some seconds: it floods them", { address });
      saidMs = performance.now();
    },
    has(address) {
      return byAddress.get(address)?.isLeft() === false;
    },
    areMany: (address) => performance.now() < waryUntilMs && !isProxy(address),
  };
}
