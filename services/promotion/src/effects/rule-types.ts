import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { CelScalar, type CelType, celEnv, listType, mapType, objectType, type parse } from "@bufbuild/cel";
import { RuleContextSchema } from "@shopmesh/contracts/shop/promotion/v1/rule_pb.ts";

/** A part of a parsed rule. */
export type Expr = ReturnType<typeof parse>["expr"];

/** What a rule may name: RuleContext's fields. */
export const variables: Readonly<Record<string, CelType>> = Object.fromEntries(
  RuleContextSchema.fields.map((field) => [field.name, typeOf(field)]),
);

/** Where a rule says what cannot be. */
export class RuleFault extends Error {
  readonly exprId: bigint;

  constructor(exprId: bigint, problem: string) {
    super(problem);
    this.exprId = exprId;
  }
}

type Scope = ReadonlyMap<string, CelType>;

const { BOOL, DYN, INT, STRING } = CelScalar;
const functions = Map.groupBy(celEnv().funcs, ({ name }) => name);

/** The comparison of what never is equal is a mistake, and so is a condition that is not one. */
const sameTyped: ReadonlySet<string> = new Set(["_==_", "_!=_"]);

/**
 * The type of a rule, by the library's own table of functions: @bufbuild/cel 0.6 parses and computes, but checks no types.
 * Throws RuleFault for unknown names and fields and for functions that take no such values.
 */
export function typeOfRule(expr: Expr): CelType {
  return check(expr, new Map(Object.entries(variables)));
}

function check(expr: Expr | undefined, scope: Scope): CelType {
  if (expr === undefined) return DYN;
  const { exprKind: kind, id } = expr;
  switch (kind.case) {
    case "constExpr":
      return typeOfConstant(kind.value.constantKind.case);
    case "identExpr":
      return typeOfName(kind.value.name, scope, id);
    case "selectExpr":
      return typeOfField(check(kind.value.operand, scope), kind.value.field, id);
    case "listExpr":
      return listType(common(kind.value.elements.map((element) => check(element, scope))));
    case "callExpr":
      return typeOfCall(kind.value, scope, id);
    case "comprehensionExpr":
      return typeOfComprehension(kind.value, scope, id);
    case "structExpr":
      return typeOfStruct(kind.value, scope, id);
    default:
      throw new RuleFault(id, "is not an expression");
  }
}

function typeOfConstant(kind: string | undefined): CelType {
  switch (kind) {
    case "boolValue":
      return BOOL;
    case "int64Value":
      return INT;
    case "uint64Value":
      return CelScalar.UINT;
    case "doubleValue":
      return CelScalar.DOUBLE;
    case "stringValue":
      return STRING;
    case "bytesValue":
      return CelScalar.BYTES;
    default:
      return CelScalar.NULL;
  }
}

function typeOfName(name: string, scope: Scope, id: bigint): CelType {
  const found = scope.get(name);
  if (found !== undefined) return found;
  throw new RuleFault(id, `knows no "${name}"; there are ${Object.keys(variables).join(", ")}`);
}

function typeOfField(type: CelType, name: string, id: bigint): CelType {
  if (type === DYN) return DYN;
  if (type.kind === "map") return type.value;
  const fields = type.kind === "object" ? (type.desc?.fields ?? []) : [];
  const field = fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return typeOf(field);
  const names = fields.map((known) => known.name).join(", ");
  throw new RuleFault(id, names === "" ? `${type} has no fields` : `${type} has no field "${name}"; it has ${names}`);
}

type Kind<Case extends string> =
  Extract<Expr["exprKind"], { case: Case }> extends { value: infer Value } ? Value : never;

function typeOfCall({ function: name, target, args }: Kind<"callExpr">, scope: Scope, id: bigint): CelType {
  const on = target === undefined ? undefined : check(target, scope);
  const given = args.map((argument) => check(argument, scope));
  const [first = DYN, second = DYN, third = DYN] = given;
  if (name === "_&&_" || name === "_||_") return allBool(args, given);
  if (name === "_?_:_") {
    requireBool(args[0], first);
    if (!takes(second, third)) throw new RuleFault(id, `is ${second} or ${third}: both must be alike`);
    return common([second, third]);
  }
  if (name === "_[_]") return first.kind === "list" ? first.element : first.kind === "map" ? first.value : DYN;
  if (sameTyped.has(name) && !isComparable(first, second)) {
    throw new RuleFault(id, `compares ${first} with ${second}`);
  }
  if (name === "@in" && second.kind === "list" && !isComparable(first, second.element)) {
    throw new RuleFault(id, `looks for ${first} in a list of ${second.element}`);
  }
  const known = functions.get(name) ?? [];
  if (name === "@not_strictly_false") return BOOL;
  const fitting = known.filter(
    ({ target: wanted, arguments: wants }) =>
      (wanted === undefined) === (on === undefined) &&
      (wanted === undefined || on === undefined || takes(wanted, on)) &&
      wants.length === given.length &&
      wants.every((want, index) => takes(want, given[index] ?? DYN)),
  );
  if (fitting.length > 0) return common(fitting.map(({ result }) => result));
  const word = wordOf(name);
  const subject = on === undefined ? "" : `${on}.`;
  throw new RuleFault(
    id,
    known.length === 0 ? `knows no function "${word}"` : `${subject}${word} does not take (${given.join(", ")})`,
  );
}

function typeOfComprehension(value: Kind<"comprehensionExpr">, scope: Scope, id: bigint): CelType {
  const range = check(value.iterRange, scope);
  const element = elementOf(range);
  if (element === undefined) throw new RuleFault(value.iterRange?.id ?? id, `goes through ${range}, which is no list`);
  const inner = new Map(scope).set(value.iterVar, element);
  const start = check(value.accuInit, scope);
  // A list begins empty: what goes into it tells its type.
  const step = check(value.loopStep, new Map(inner).set(value.accuVar, start.kind === "list" ? listType(DYN) : start));
  const result = start.kind === "list" ? step : start;
  return check(value.result, new Map(inner).set(value.accuVar, result));
}

function typeOfStruct({ messageName, entries }: Kind<"structExpr">, scope: Scope, id: bigint): CelType {
  if (messageName !== "") throw new RuleFault(id, `makes no messages such as ${messageName}`);
  const keys = entries.map(({ keyKind }) => (keyKind.case === "mapKey" ? check(keyKind.value, scope) : STRING));
  const values = entries.map(({ value }) => check(value, scope));
  const isText = keys.every((key) => key === STRING);
  return mapType(isText ? STRING : DYN, common(values));
}

function elementOf(type: CelType): CelType | undefined {
  if (type.kind === "list") return type.element;
  if (type.kind === "map") return type.key;
  return type === DYN ? DYN : undefined;
}

function allBool(args: readonly Expr[], given: readonly CelType[]): CelType {
  for (const [index, type] of given.entries()) requireBool(args[index], type);
  return BOOL;
}

/** Throws RuleFault where an expression is no condition. */
export function requireBool(expr: Expr | undefined, type: CelType): void {
  if (type !== BOOL && type !== DYN) throw new RuleFault(expr?.id ?? 0n, `is ${type}, not a condition (bool)`);
}

function takes(want: CelType, given: CelType): boolean {
  if (want === DYN || given === DYN) return true;
  if (want.kind !== given.kind) return false;
  return want.kind === "list" || want.kind === "map" || want.name === given.name;
}

function isComparable(one: CelType, other: CelType): boolean {
  const isNumber = (type: CelType) => ["int", "uint", "double"].includes(type.name);
  return takes(one, other) || (isNumber(one) && isNumber(other));
}

function common(types: readonly CelType[]): CelType {
  const [first = DYN] = types;
  return types.every((type) => type.toString() === first.toString()) ? first : DYN;
}

/** `_>_` as it is written: `>`. */
function wordOf(name: string): string {
  return name.replaceAll("_", "").replace(/^@/, "") || name;
}

function typeOf(field: DescField): CelType {
  if (field.fieldKind === "list") {
    return listType(field.listKind === "message" ? objectOf(field.message) : scalarOf(field.scalar));
  }
  if (field.fieldKind === "message") return objectOf(field.message);
  return field.fieldKind === "scalar" ? scalarOf(field.scalar) : DYN;
}

function objectOf(message: DescMessage): CelType {
  return objectType(message);
}

function scalarOf(scalar: ScalarType | undefined): CelType {
  switch (scalar) {
    case ScalarType.BOOL:
      return BOOL;
    case ScalarType.STRING:
      return STRING;
    case ScalarType.INT64:
    case ScalarType.INT32:
      return INT;
    default:
      return DYN;
  }
}
