import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { RateLimitKey } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { contractOf, type MethodContract, type RateLimit, type RateLimits, type Standing } from "@shopmesh/mesh";

/** Who asks, as far as calls are counted by it. */
export type Asker = {
  readonly address: string;
  /** Undefined for a stranger. */
  readonly principal: string | undefined;
};

/** A limit and how somebody stands with it. */
export type Verdict = { readonly limit: RateLimit; readonly standing: Standing };

/** How often the shop may be asked. */
export type Limits = {
  /** Counts any request of an address, at once. */
  countRequest(address: string, isWebhook: boolean): Verdict;
  /**
   * Counts a call against its principal's limit and its method's own; the tightest verdict, undefined where nothing but
   * the address counts. Throws RATE_LIMITED.
   */
  countCall(contract: MethodContract, asker: Asker): Promise<Verdict | undefined>;
};

/** What the limits are. */
export type LimitsOptions = {
  readonly contracts: readonly DescService[];
  readonly rateLimits: RateLimits;
  /** Requests of one address in a minute. */
  readonly perAddress: number;
  /** Calls of one principal in a minute. */
  readonly perPrincipal: number;
  /** Every limit, those of the contracts too, is so many times as high: for development and load tests. */
  readonly factor: number;
};

const MINUTE_MS = 60_000;
/** A provider tells of many customers from one address. */
const WEBHOOK_SHARE = 10;

type OwnLimit = {
  readonly limit: RateLimit;
  readonly key: RateLimitKey;
  readonly take: (key: string) => Promise<Standing>;
};

/** The limits for all requests, for all calls of a principal, and those that contracts declare for a method. */
export function createLimits(options: LimitsOptions): Limits {
  const { rateLimits, factor } = options;
  const byAddress = swift("address", options.perAddress);
  const byWebhookAddress = swift("webhook-address", options.perAddress * WEBHOOK_SHARE);
  const byPrincipal = swift("principal", options.perPrincipal);
  const own = new Map(options.contracts.flatMap(({ methods }) => methods).map((method) => [method, ownOf(method)]));

  function swift(name: string, max: number) {
    const limit = { name, max: max * factor, windowMs: MINUTE_MS };
    const take = rateLimits.swift(limit);
    return (key: string): Verdict => ({ limit, standing: take(key) });
  }

  function ownOf(method: DescMethod): readonly OwnLimit[] {
    return contractOf(method).rateLimits.map(({ max, windowMs, key }) => {
      const by = key === RateLimitKey.PRINCIPAL ? "principal" : "address";
      const limit = { name: `${method.parent.typeName}/${method.name}:${by}`, max: max * factor, windowMs };
      return { limit, key, take: rateLimits.exact(limit) };
    });
  }

  return {
    countRequest: (address, isWebhook) => (isWebhook ? byWebhookAddress : byAddress)(address),
    async countCall({ method }, { address, principal }) {
      let tightest = principal === undefined ? undefined : passed(byPrincipal(principal));
      for (const { limit, key, take } of own.get(method) ?? []) {
        const name = key === RateLimitKey.PRINCIPAL ? (principal ?? address) : address;
        tightest = tighter(tightest, passed({ limit, standing: await take(name) }));
      }
      return tightest;
    },
  };
}

/** The refusal of a call that is one too many. */
export function rateLimited({ limit, standing }: Verdict): DomainError {
  const retryAfterMs = Math.max(1, Math.ceil(standing.resetMs));
  return new DomainError("exhausted", "RATE_LIMITED", { limit: limit.name, retry_after_ms: String(retryAfterMs) });
}

/** The fields RateLimit-Policy and RateLimit, as draft-ietf-httpapi-ratelimit-headers has them. */
export function rateLimitFields({ limit, standing }: Verdict): { readonly policy: string; readonly state: string } {
  return {
    policy: `"${limit.name}";q=${limit.max};w=${Math.ceil(limit.windowMs / 1_000)}`,
    state: `"${limit.name}";r=${standing.remaining};t=${Math.ceil(standing.resetMs / 1_000)}`,
  };
}

/** Retry-After, in seconds, for a refusal that says when it makes sense to come back. */
export function retryAfterOf(error: unknown): string | undefined {
  const afterMs = error instanceof DomainError ? Number(error.metadata["retry_after_ms"]) : Number.NaN;
  return afterMs > 0 ? String(Math.ceil(afterMs / 1_000)) : undefined;
}

function passed(verdict: Verdict): Verdict {
  if (verdict.standing.isOver) throw rateLimited(verdict);
  return verdict;
}

function tighter(one: Verdict | undefined, other: Verdict): Verdict {
  return one === undefined || shareLeft(other) <= shareLeft(one) ? other : one;
}

function shareLeft({ limit, standing }: Verdict): number {
  return standing.remaining / limit.max;
}
