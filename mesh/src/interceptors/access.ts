import type { Message } from "@bufbuild/protobuf";
import { type Access, Audience, AudienceSchema, Scope } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor, Call } from "../call.ts";
import type { MethodContract } from "../contract.ts";
import type { FindOwner, Owner } from "../service.ts";
import type { Interceptor } from "./interceptor.ts";

/**
 * Lets in whom the contract lets in. Where it says OWN, the owner of the object that the request names is looked up
 * first; another's is NOT_FOUND `<RESOURCE>_NOT_FOUND`, as if it were not there.
 */
export function accessInterceptor(contract: MethodContract, owners: Readonly<Record<string, FindOwner>>): Interceptor {
  for (const { scope, resource } of contract.access) {
    if (scope === Scope.OWN && resource !== "" && owners[resource] === undefined) {
      throw new Error(
        `${contract.path}: access names the resource "${resource}", but the service exports no owner of it`,
      );
    }
  }
  const isPublic = contract.access.some(({ audience }) => audience === Audience.PUBLIC);
  if (isPublic) return (next) => next;
  return (next) => (request, call) => {
    const fitting = contract.access.filter((access) => isOfAudience(access, call));
    if (fitting.some(({ scope, resource }) => scope === Scope.ANY || resource === "")) return next(request, call);
    return admit({ contract, owners, fitting }, request, call).then((owner) => next(request, { ...call, owner }));
  };
}

type Asked = {
  readonly contract: MethodContract;
  readonly owners: Readonly<Record<string, FindOwner>>;
  /** What the contract says to those whom the call comes from. */
  readonly fitting: readonly Access[];
};

/** The owner who lets the call in. */
async function admit({ contract, owners, fitting }: Asked, request: Message, call: Call): Promise<Owner> {
  const refused = fitting[0];
  if (refused === undefined) throw refusalOf(contract, call);
  const found = new Map<string, Owner | undefined>();
  for (const { audience, resource } of fitting) {
    const id = idIn(request, resource);
    if (!found.has(resource)) found.set(resource, id === "" ? undefined : await owners[resource]?.(id, call.sql));
    const owner = found.get(resource);
    if (owner !== undefined && owns(audience, call.actor, owner)) return owner;
  }
  const { resource } = refused;
  throw new DomainError("not-found", `${resource.toUpperCase()}_NOT_FOUND`, {
    [`${resource}_id`]: idIn(request, resource),
  });
}

function isOfAudience({ audience, callers }: Access, { actor, caller }: Call): boolean {
  switch (audience) {
    case Audience.PUBLIC:
      return true;
    case Audience.MESH:
      return callers.includes(caller);
    case Audience.GUEST:
      return actor.kind === "guest" || actor.kind === "person";
    case Audience.CUSTOMER:
      return actor.kind === "person";
    case Audience.SELLER:
      return actor.kind === "person" && actor.roles.includes("seller") && actor.sellerId !== undefined;
    case Audience.SUPPORT:
      return actor.kind === "person" && actor.roles.includes("support");
    case Audience.ADMIN:
      return actor.kind === "person" && actor.roles.includes("admin");
    default:
      return false;
  }
}

function owns(audience: Audience, actor: Actor, owner: Owner): boolean {
  if (actor.kind === "guest") {
    return audience === Audience.GUEST && (owner.guestTokenHashes ?? []).includes(actor.tokenHash);
  }
  if (actor.kind !== "person") return false;
  if (audience === Audience.SELLER)
    return actor.sellerId !== undefined && (owner.sellerIds ?? []).includes(actor.sellerId);
  return owner.personId === actor.id;
}

function idIn(request: Message, resource: string): string {
  const name = `${resource}_id`.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const value = (request as Message & Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : "";
}

function refusalOf(contract: MethodContract, { actor, caller }: Call): DomainError {
  const audiences = contract.access.map(({ audience }) => AudienceSchema.value[audience]?.localName ?? "").join(" ");
  if (actor.kind === "anonymous" && caller === "")
    return new DomainError("unauthenticated", "TOKEN_MISSING", { wants: audiences });
  if (actor.kind === "anonymous") return new DomainError("unauthenticated", "SIGN_IN_REQUIRED", { wants: audiences });
  return new DomainError("denied", "ACCESS_DENIED", { method: contract.path, wants: audiences });
}
