import {
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  getOption,
  hasOption,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import * as options from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";

/** What a method's contract says, read once. */
export type MethodContract = {
  readonly method: DescMethod;
  /** "/shop.order.v1.OrderService/GetOrder". */
  readonly path: string;
  readonly access: readonly options.Access[];
  /** The time a call may take; Infinity for streams. */
  readonly deadlineMs: number;
  readonly criticality: options.Criticality;
  readonly idempotency: options.Idempotency;
  readonly session: options.Session;
  readonly webhook: string;
  /** What a server stream's messages are to each other; UNSPECIFIED for a unary method. */
  readonly live: options.Live;
  /** How often it may be called from outside; kept at the edge. */
  readonly rateLimits: readonly MethodRateLimit[];
  /** How long the answer to a stranger's GET may be given again by who keeps it; 0 for not at all. */
  readonly maxAgeS: number;
  /** A GET at the edge. */
  readonly isReadOnly: boolean;
  /** Whether a lost call may be sent again by itself. */
  readonly isRetrySafe: boolean;
};

/** At most `max` calls in a window, for each of what `key` says. */
export type MethodRateLimit = {
  readonly max: number;
  readonly windowMs: number;
  readonly key: options.RateLimitKey;
};

const DEFAULT_DEADLINE_MS = 5_000;
const contracts = new WeakMap<DescMethod, MethodContract>();
const owners = new WeakMap<DescService | DescMessage, string>();

/** The contract of `method`; the same object each time. */
export function contractOf(method: DescMethod): MethodContract {
  const known = contracts.get(method);
  if (known !== undefined) return known;
  const contract = readContract(method);
  contracts.set(method, contract);
  return contract;
}

/** The noun in a contract's package: "order" of "shop.order.v1.OrderService". */
export function ownerOf(contract: DescService | DescMessage): string {
  const known = owners.get(contract);
  if (known !== undefined) return known;
  const [root, noun] = contract.typeName.split(".");
  const owner = root === "shop" && noun !== undefined ? noun : contract.typeName;
  owners.set(contract, owner);
  return owner;
}

/** Whether the gateway shows `method`: some access is not by the mesh alone. */
export function isOpenAtEdge(method: DescMethod): boolean {
  return contractOf(method).access.some(({ audience }) => audience !== options.Audience.MESH);
}

/** Whether a stranger may call. */
export function isPublic({ access }: MethodContract): boolean {
  return access.some(({ audience }) => audience === options.Audience.PUBLIC);
}

/** The message's fields that must never be logged, kept or shown in clear. */
export function isSensitive(field: DescField): boolean {
  return hasOption(field, options.sensitive) && getOption(field, options.sensitive);
}

/** Whether `message`, or a message inside it, has a sensitive field. */
export function holdsSensitive(message: DescMessage, seen: Set<string> = new Set()): boolean {
  if (seen.has(message.typeName)) return false;
  seen.add(message.typeName);
  return message.fields.some(
    (field) => isSensitive(field) || (field.message !== undefined && holdsSensitive(field.message, seen)),
  );
}

function readContract(method: DescMethod): MethodContract {
  const policy = getOption(method, options.method);
  const isStream = method.methodKind !== "unary";
  const isReadOnly = method.idempotency === Level.NO_SIDE_EFFECTS;
  return {
    method,
    path: `/${method.parent.typeName}/${method.name}`,
    access: policy.access,
    deadlineMs: isStream ? Number.POSITIVE_INFINITY : durationMs(policy.deadline) || DEFAULT_DEADLINE_MS,
    criticality: policy.criticality || options.Criticality.NORMAL,
    idempotency: policy.idempotency,
    session: policy.session,
    webhook: policy.webhook,
    live: policy.live,
    rateLimits: policy.rateLimits.map(({ max, window, key }) => ({ max, windowMs: durationMs(window), key })),
    maxAgeS: durationMs(policy.maxAge) / 1_000,
    isReadOnly,
    isRetrySafe:
      !isStream &&
      (isReadOnly ||
        method.idempotency === Level.IDEMPOTENT ||
        policy.idempotency === options.Idempotency.ATOMIC ||
        policy.idempotency === options.Idempotency.RESUMABLE ||
        policy.idempotency === options.Idempotency.NATURAL),
  };
}

function durationMs(duration: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
}
