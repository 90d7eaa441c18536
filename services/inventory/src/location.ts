/** A place where stock lies. */
export type Location = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly countryCode: string;
  /** Empty for the marketplace's own, which every seller may use. */
  readonly sellerId: string;
  readonly priority: number;
};

/** Whether goods of `sellerId` may lie there. */
export function mayUse(location: Location, sellerId: string): boolean {
  return location.sellerId === "" || location.sellerId === sellerId;
}
