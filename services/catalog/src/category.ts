/** One category of the tree. */
export type Category = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** Empty at the top. */
  readonly parentId: string;
  /** How many are above it. */
  readonly depth: number;
  readonly position: number;
};
