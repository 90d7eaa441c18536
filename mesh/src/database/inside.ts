import { AsyncLocalStorage } from "node:async_hooks";

const inside = new AsyncLocalStorage<true>();

/** Runs the body of a transaction: a call to another service from within it is then noticed. */
export function runInside<T>(work: () => Promise<T>): Promise<T> {
  return inside.run(true, work);
}

/** Whether this is the body of an open transaction. */
export function isInside(): boolean {
  return inside.getStore() === true;
}
