export { BoundedMap } from "./bounded-map.ts";
export type { Clock } from "./clock.ts";
export {
  DomainError,
  type ErrorKind,
  type ErrorMetadata,
  type FieldViolation,
  isRefusal,
} from "./domain-error.ts";
export { type Entropy, orderNumber, parseOrderNumber, uuidv7 } from "./id.ts";
export { LeanMap, LeanSet } from "./lean.ts";
export {
  addMoney,
  currencyExponent,
  divideHalfUp,
  formatMoney,
  type Money,
  money,
  sameCurrency,
  netOfInclusive,
  shareOf,
  splitByWeights,
  subtractMoney,
  sumMoney,
  timesQuantity,
} from "./money.ts";
