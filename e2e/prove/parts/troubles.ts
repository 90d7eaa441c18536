import { setTimeout as delay } from "node:timers/promises";
import type { Reaper } from "../../crash/death.ts";
import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim, Profile } from "../proof.ts";
import type { Chance } from "./chance.ts";
import { claim } from "./claim.ts";

/** Webhooks that go wrong, of a hundred of each kind. */
const webhooks = { webhookDuplicate: 10, webhookOutOfOrder: 10, webhookLate: 5, webhookMissing: 4 } as const;
const providers = ["stripe", "paypal", "fedex", "ups"] as const;
/** Questions to who moves money that go wrong, of a hundred of each kind. */
const questions = { error: 2, slow: 2, timeoutBefore: 1, resetBefore: 2 } as const;
const moneyProviders = ["stripe", "paypal"] as const;
/** Parcels that never arrive, and those that are scanned late, of a hundred. */
const parcels = { lostParcel: 2, lateScan: 5 } as const;
const carriers = ["fedex", "ups"] as const;
const sandboxFaults = [
  ...providers.flatMap((provider) => Object.entries(webhooks).map(([kind, percent]) => ({ provider, kind, percent }))),
  ...moneyProviders.flatMap((provider) =>
    Object.entries(questions).map(([kind, percent]) => ({ provider, kind, percent })),
  ),
  ...carriers.flatMap((provider) => Object.entries(parcels).map(([kind, percent]) => ({ provider, kind, percent }))),
];
/** Answers that are lost after their effect, of a hundred. */
const LOST_PERCENT = 6;
const lost = {
  inventory: ["HoldStock", "AllocateStock", "ShipStock", "RestockReturn"],
  payment: ["AuthorizePayment", "CapturePayment", "RefundPayment"],
  promotion: ["ReserveRedemption"],
  shipping: ["CreateShipments"],
} as const;
const MANY = 1_000_000;

/** Lets webhooks come twice, late, shuffled and never, and answers get lost, from now on. */
export async function makeTrouble({ mesh, shop, admin }: World, seed: number): Promise<void> {
  for (const { percent, ...named } of sandboxFaults) {
    const fault = { ...named, count: MANY, probability: percent / 100, seed };
    const answer = await fetch(`${mesh.sandboxUrl}/sandbox/faults`, { method: "POST", body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(`the sandbox refuses ${named.kind}: ${await answer.text()}`);
  }
  for (const [service, names] of Object.entries(lost)) {
    const noun = `${service[0]?.toUpperCase()}${service.slice(1)}Service`;
    for (const name of names) {
      const error = { code: "STATUS_CODE_UNAVAILABLE", afterEffect: true };
      const method = `shop.${service}.v1.${noun}/${name}`;
      const fault = {
        service,
        name: name.toLowerCase(),
        method,
        error,
        percent: LOST_PERCENT,
        count: MANY,
        ttl: "7200s",
      };
      await shop.call("shop.mesh.v1.FaultService/SetFault", fault, admin);
    }
  }
}

/** Ends all that makeTrouble began, and tells what of it was met: a short run meets only some of what is rare. */
export async function endTrouble({ mesh, shop, admin }: World, profile: Profile): Promise<readonly Claim[]> {
  const found = (await (await fetch(`${mesh.sandboxUrl}/sandbox/faults`)).json()) as Json;
  const struck = new Map(
    list(found, "faults").map((fault) => [
      `${text(fault, "provider")} ${text(fault, "kind")}`,
      MANY - Number(text(fault, "remaining")),
    ]),
  );
  await fetch(`${mesh.sandboxUrl}/sandbox/faults`, { method: "DELETE" });
  const hit = new Map<string, number>();
  for (const service of Object.keys(lost)) {
    const listed = await shop.call("shop.mesh.v1.FaultService/ListFaults", { service }, admin);
    for (const fault of list(listed, "faults"))
      hit.set(text(fault, "method").split("/")[1] ?? "", MANY - Number(text(fault, "remainingCount") || "0"));
    await shop.call("shop.mesh.v1.FaultService/ClearFaults", { service }, admin);
  }
  const least = (kinds: number): number => (profile === "full" ? kinds : Math.ceil(kinds / 4));
  return [
    claim(
      "webhooks came twice, late, shuffled and never; providers failed; parcels got lost, or were scanned late",
      kindsMet(struck) >= least(sandboxFaults.length),
      told(struck),
    ),
    claim("answers were lost after their effect", kindsMet(hit) >= least(Object.values(lost).flat().length), told(hit)),
  ];
}

function kindsMet(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].filter((count) => count > 0).length;
}

function told(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].map(([name, count]) => [`${name}:`, count]));
}

/** Deaths at named lines. */
export type Ambush = {
  /** Chooses no more, and tells at which lines somebody died. */
  stop(): Promise<readonly string[]>;
};

/** Whoever gets to a line drawn of `places` next dies there: another one every `everyMs`, each in its turn. */
export function lieInWait(
  reaper: Reaper,
  {
    places,
    everyMs,
    chance,
  }: { readonly places: readonly string[]; readonly everyMs: number; readonly chance: Chance },
): Ambush {
  const over = new AbortController();
  const armed = new Set<string>();
  let pack: readonly string[] = [];
  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      if (pack.length === 0) pack = chance.shuffled(places);
      const [place = "", ...others] = pack;
      pack = others;
      reaper.arm([place]);
      armed.add(place);
      await delay(everyMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  }
  const running = run();
  return {
    async stop() {
      over.abort();
      await running;
      const left = reaper.left([...armed]);
      reaper.disarm(left);
      return [...armed].filter((place) => !left.includes(place));
    },
  };
}
