import {
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  getOption,
  ScalarType,
} from "@bufbuild/protobuf";
import { type Duration, MethodOptions_IdempotencyLevel as Level } from "@bufbuild/protobuf/wkt";
import * as options from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { ContractRule, Finding } from "./finding.ts";
import { commentOf } from "./image.ts";

type Breach = readonly [rule: ContractRule, text: string];

const MAX_DEADLINE_SECONDS = 60n;
const DAY_SECONDS = 86_400n;
const { Audience, Idempotency, Kind, Live, RateLimitKey, Scope, Session } = options;

/** Every breach of a rule in `files`. `callers` are the names that a MESH access may list. */
export function checkContracts(files: readonly DescFile[], callers: ReadonlySet<string>): readonly Finding[] {
  return files.flatMap((file) => [
    ...file.services.flatMap((service) =>
      service.methods.flatMap((method) =>
        methodBreaches(method, callers).map(([rule, text]) => ({
          file: `${file.name}.proto`,
          subject: `${service.name}.${method.name}`,
          rule,
          text,
        })),
      ),
    ),
    ...publishedMessages(file).flatMap(({ message, kind }) =>
      messageBreaches(message, kind).map(([rule, text]) => ({
        file: `${file.name}.proto`,
        subject: message.name,
        rule,
        text,
      })),
    ),
  ]);
}

function methodBreaches(method: DescMethod, callers: ReadonlySet<string>): readonly Breach[] {
  const policy = getOption(method, options.method);
  return [
    ...(commentOf(method) === ""
      ? [["comment-missing", "an RPC says its effect and its reasons in a comment"] as const]
      : []),
    ...(policy.access.length === 0 ? [["access-missing", "an RPC says who may call it"] as const] : []),
    ...policy.access.flatMap((access) => accessBreaches(method, access, callers)),
    ...idempotencyBreaches(method, policy.idempotency),
    ...sensitiveGetBreaches(method),
    ...sessionBreaches(method, policy.session),
    ...webhookBreaches(method, policy),
    ...liveBreaches(method, policy.live),
    ...rateLimitBreaches(policy),
    ...maxAgeBreaches(method, policy),
    ...((policy.deadline?.seconds ?? 0n) > MAX_DEADLINE_SECONDS
      ? [["deadline-too-long", `a deadline is at most ${MAX_DEADLINE_SECONDS} s`] as const]
      : []),
  ];
}

function accessBreaches(method: DescMethod, access: options.Access, callers: ReadonlySet<string>): readonly Breach[] {
  const breaches: Breach[] = [];
  if (access.audience === Audience.UNSPECIFIED || access.scope === Scope.UNSPECIFIED) {
    breaches.push(["access-incomplete", "an access names an audience and a scope"]);
  }
  if (access.audience === Audience.MESH && access.callers.length === 0) {
    breaches.push(["callers-missing", "an access by the mesh names its callers"]);
  }
  if (access.audience !== Audience.MESH && access.callers.length > 0) {
    breaches.push(["callers-missing", "only an access by the mesh names callers"]);
  }
  for (const caller of access.callers.filter((name) => !callers.has(name))) {
    breaches.push(["caller-unknown", `"${caller}" is no service`]);
  }
  const field = `${access.resource}_id`;
  if (access.resource !== "" && access.scope !== Scope.OWN) {
    breaches.push(["resource-field", `resource "${access.resource}" goes with SCOPE_OWN only`]);
  }
  if (access.resource !== "" && !hasString(method.input, field)) {
    breaches.push([
      "resource-field",
      `resource "${access.resource}" wants a string field "${field}" in ${method.input.name}`,
    ]);
  }
  return breaches;
}

function idempotencyBreaches(method: DescMethod, idempotency: options.Idempotency): readonly Breach[] {
  const level = method.idempotency;
  if (level === Level.NO_SIDE_EFFECTS) {
    return idempotency === Idempotency.UNSPECIFIED
      ? []
      : [["idempotency-contradicted", "NO_SIDE_EFFECTS needs no idempotency of the mesh's"]];
  }
  if (idempotency === Idempotency.UNSPECIFIED) {
    return [["idempotency-missing", "an RPC is NO_SIDE_EFFECTS or declares how a repeated call is met"]];
  }
  if (idempotency === Idempotency.NONE && level === Level.IDEMPOTENT) {
    return [["idempotency-contradicted", "IDEMPOTENCY_NONE is not IDEMPOTENT"]];
  }
  const isKeyed = idempotency === Idempotency.ATOMIC || idempotency === Idempotency.RESUMABLE;
  if (isKeyed && !hasString(method.input, "request_id")) {
    return [["request-id-missing", `ATOMIC and RESUMABLE want a string field "request_id" in ${method.input.name}`]];
  }
  return [];
}

function sensitiveGetBreaches(method: DescMethod): readonly Breach[] {
  if (method.idempotency !== Level.NO_SIDE_EFFECTS || method.methodKind !== "unary") return [];
  const path = sensitivePath(method.input);
  if (path === undefined) return [];
  return [
    [
      "sensitive-get",
      `a GET would show the sensitive field "${path}" in its address: declare IDEMPOTENT and IDEMPOTENCY_NATURAL`,
    ],
  ];
}

function sessionBreaches(method: DescMethod, session: options.Session): readonly Breach[] {
  if (session !== Session.ISSUES || hasString(method.output, "session_token")) return [];
  return [["session-token-missing", `SESSION_ISSUES wants a string field "session_token" in ${method.output.name}`]];
}

function liveBreaches(method: DescMethod, live: options.Live): readonly Breach[] {
  const isStream = method.methodKind === "server_streaming";
  if (isStream !== (live !== Live.UNSPECIFIED)) {
    return [
      ["live-missing", "a server stream says whether its messages are LIVE_STATE or LIVE_LOG, and nothing else does"],
    ];
  }
  if (!isStream || live === Live.TOPICS) return [];
  return [method.input, method.output]
    .filter((message) => !hasString(message, "cursor"))
    .map(
      ({ name }) => ["live-cursor", `a live stream is resumed: it wants a string field "cursor" in ${name}`] as const,
    );
}

function webhookBreaches(method: DescMethod, policy: options.MethodPolicy): readonly Breach[] {
  if (policy.webhook === "") return [];
  const body = method.input.fields.find(({ name }) => name === "body");
  const headers = method.input.fields.find(({ name }) => name === "headers");
  const hasShape =
    body?.scalar === ScalarType.BYTES && headers?.fieldKind === "map" && headers.scalar === ScalarType.STRING;
  return hasShape && isPublic(policy)
    ? []
    : [["webhook-shape", "a webhook is PUBLIC and takes `bytes body` and `map<string, string> headers`"]];
}

function rateLimitBreaches(policy: options.MethodPolicy): readonly Breach[] {
  const isOpen = policy.access.some(({ audience }) => audience !== Audience.MESH);
  const isWhole = policy.rateLimits.every(
    ({ max, window, key }) =>
      max > 0 && window !== undefined && isWithinDay(window) && key !== RateLimitKey.UNSPECIFIED,
  );
  const isByAddress = policy.rateLimits.some(({ key }) => key === RateLimitKey.ADDRESS);
  const isMissing = policy.session === Session.ISSUES && !isByAddress;
  const isEvaded = policy.rateLimits.length > 0 && !isByAddress && policy.access.some(isForAnyToken);
  return [
    ...(isWhole && (isOpen || policy.rateLimits.length === 0)
      ? []
      : [
          [
            "rate-limit-incomplete",
            "a rate limit of an open method names max, whole seconds up to a day, key",
          ] as const,
        ]),
    ...(isMissing
      ? [["rate-limit-missing", "SESSION_ISSUES wants a rate limit by address: passwords are guessed there"] as const]
      : []),
    ...(isEvaded
      ? [
          [
            "rate-limit-evaded",
            "where any guest's token will do, each that is invented is a new principal: limit by address, too",
          ] as const,
        ]
      : []),
  ];
}

/** Whether it lets in whoever shows a token that nobody has given out. */
function isForAnyToken({ audience, scope }: options.Access): boolean {
  return (audience === Audience.GUEST || audience === Audience.PUBLIC) && scope === Scope.ANY;
}

/** Whether it is whole seconds up to a day. */
function isWithinDay({ seconds, nanos }: Duration): boolean {
  return nanos === 0 && seconds > 0n && seconds <= DAY_SECONDS;
}

/** Whether anybody may ask. */
function isPublic({ access }: options.MethodPolicy): boolean {
  return access.some(({ audience }) => audience === Audience.PUBLIC);
}

function maxAgeBreaches(method: DescMethod, policy: options.MethodPolicy): readonly Breach[] {
  const { maxAge } = policy;
  if (maxAge === undefined) return [];
  const isGet = method.idempotency === Level.NO_SIDE_EFFECTS && method.methodKind === "unary";
  return isPublic(policy) && isGet && isWithinDay(maxAge)
    ? []
    : [["max-age-misplaced", "max_age is whole seconds up to a day, of a PUBLIC unary method with NO_SIDE_EFFECTS"]];
}

type Published = { readonly message: DescMessage; readonly kind: options.Kind };

/** The events or tasks of `file`: its messages that are no part of another one there. */
function publishedMessages(file: DescFile): readonly Published[] {
  const kind = file.name.endsWith("_events") ? Kind.EVENT : file.name.endsWith("_tasks") ? Kind.TASK : Kind.UNSPECIFIED;
  if (kind === Kind.UNSPECIFIED) return [];
  const parts = new Set(
    file.messages.flatMap(({ fields }) => fields.flatMap(({ message }) => message?.typeName ?? [])),
  );
  return file.messages.filter(({ typeName }) => !parts.has(typeName)).map((message) => ({ message, kind }));
}

function messageBreaches(message: DescMessage, kind: options.Kind): readonly Breach[] {
  const policy = getOption(message, options.message);
  const breaches: Breach[] = [];
  if (policy.kind !== kind) {
    breaches.push([
      "message-policy-missing",
      `a message here declares kind ${kind === Kind.EVENT ? "KIND_EVENT" : "KIND_TASK"}`,
    ]);
  }
  if (!hasString(message, policy.aggregate)) {
    breaches.push(["aggregate-field", `the aggregate "${policy.aggregate}" is to be one of its string fields`]);
  }
  if (policy.queue !== "" && !hasString(message, policy.queue)) {
    breaches.push(["aggregate-field", `the queue "${policy.queue}" is to be one of its string fields`]);
  }
  const path = sensitivePath(message);
  if (path !== undefined && kind === Kind.EVENT) {
    breaches.push(["event-sensitive", `an event carries ids, not the sensitive field "${path}"`]);
  }
  return breaches;
}

function hasString(message: DescMessage, name: string): boolean {
  return message.fields.some(
    (field) => field.name === name && field.fieldKind === "scalar" && field.scalar === ScalarType.STRING,
  );
}

/** The path of the first sensitive field in `message` or in a message inside it. */
function sensitivePath(message: DescMessage, seen: ReadonlySet<string> = new Set()): string | undefined {
  if (seen.has(message.typeName)) return undefined;
  const within = new Set([...seen, message.typeName]);
  for (const field of message.fields) {
    const path = sensitiveFieldPath(field, within);
    if (path !== undefined) return path;
  }
  return undefined;
}

function sensitiveFieldPath(field: DescField, seen: ReadonlySet<string>): string | undefined {
  if (getOption(field, options.sensitive)) return field.name;
  const inner = field.message === undefined ? undefined : sensitivePath(field.message, seen);
  return inner === undefined ? undefined : `${field.name}.${inner}`;
}
