import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";
import { type GroupRow, within } from "./groups.ts";

/** A durable reader: who reads which messages of whom. */
type Reading = {
  readonly service: string;
  readonly consumer: string;
  readonly subjects: readonly string[];
  readonly isTask: boolean;
  readonly unread: number;
  readonly deadLetters: number;
};

const RESTS_WITHIN_MS = 180_000;

/** All services of a mesh that keep an outbox. */
export function servicesOf({ mesh }: World): readonly string[] {
  const names = new Set(mesh.processes.flatMap(({ services }) => services));
  return [...names].filter((name) => name !== "gateway" && name !== "logging");
}

/** Waits until every outbox is empty and every consumer has what there is; how long that took, undefined where it was not. */
export function eventsAtRest(world: World): Promise<number | undefined> {
  return within(RESTS_WITHIN_MS, async () => {
    try {
      const [waiting, readings] = await Promise.all([unpublished(world), readReadings(world)]);
      return waiting === 0 && readings.every(({ unread }) => unread === 0) && (await mailsToSend(world)) === 0;
    } catch {
      // Something is away still.
      return false;
    }
  });
}

/** Every event was published, and each consumer had each of its events once; what came of them outside is there once. */
export async function eventClaims(
  world: World,
  groups: readonly GroupRow[],
  restedMs: number | undefined,
): Promise<readonly Claim[]> {
  const [waiting, readings] = await Promise.all([unpublished(world), readReadings(world)]);
  const shared = readings.filter(({ isTask }) => !isTask);
  const off = (await Promise.all(shared.map((reading) => compare(world, reading)))).flat();
  const counted = await countHad(world, shared);
  const dead = readings.filter(({ deadLetters }) => deadLetters > 0);
  return [
    claim("everything said was published and read", restedMs !== undefined && waiting === 0, {
      "at rest after": restedMs === undefined ? "never" : `${(restedMs / 1_000).toFixed(1)} s`,
      unpublished: waiting,
      unread: readings.reduce((sum, { unread }) => sum + unread, 0),
      "dead letters": dead.map(({ consumer, deadLetters }) => `${consumer} ${deadLetters}`),
    }),
    claim(
      "each consumer had each of its events, once in effect",
      off.length === 0 && counted > 0 && dead.length === 0,
      {
        consumers: shared.length,
        "events had": counted,
        off,
      },
    ),
    ...(await mailClaims(world, groups)),
    await couponClaim(world, groups),
  ];
}

async function unpublished(world: World): Promise<number> {
  const counts = await Promise.all(
    servicesOf(world).map((service) =>
      world.mesh.infrastructure.rows(service, "SELECT COUNT(*) AS waiting FROM mesh_outbox WHERE published_ms IS NULL"),
    ),
  );
  return counts.reduce((sum, rows) => sum + Number(rows[0]?.["waiting"]), 0);
}

async function readReadings(world: World): Promise<readonly Reading[]> {
  const found = await Promise.all(
    servicesOf(world).map(async (service) => {
      const request = { service, pageSize: 200 };
      const answer = await world.shop.call("shop.mesh.v1.EventAdminService/ListStreams", request, world.admin);
      return list(answer, "streams").flatMap((stream) =>
        list(stream, "consumers").map((consumer) => readingOf(service, stream, consumer)),
      );
    }),
  );
  return found.flat();
}

function readingOf(service: string, stream: Json, consumer: Json): Reading {
  const count = (name: string): number => Number(text(consumer, name) || "0");
  return {
    service,
    consumer: text(consumer, "name"),
    subjects: text(consumer, "messageName").split(", "),
    isTask: text(stream, "kind") === "KIND_TASK",
    unread: count("pendingCount") + count("unacknowledgedCount"),
    deadLetters: count("deadLetterCount"),
  };
}

/** What a consumer did not have, or had without it having been said. */
async function compare({ mesh }: World, { service, consumer, subjects }: Reading): Promise<readonly string[]> {
  const owner = subjects[0]?.split(".")[1] ?? "";
  const names = subjects.map((subject) => `'${subject}'`).join(", ");
  const [said, had] = await Promise.all([
    mesh.infrastructure.rows(owner, `SELECT message_id FROM mesh_outbox WHERE subject IN (${names})`),
    mesh.infrastructure.rows(service, `SELECT message_id FROM mesh_inbox WHERE consumer = '${consumer}'`),
  ]);
  const idsSaid = new Set(said.map((row) => String(row["message_id"])));
  const idsHad = new Set(had.map((row) => String(row["message_id"])));
  const missed = [...idsSaid].filter((id) => !idsHad.has(id)).length;
  const invented = [...idsHad].filter((id) => !idsSaid.has(id)).length;
  return missed + invented === 0 ? [] : [`${service}/${consumer}: ${missed} missed, ${invented} never said`];
}

async function countHad({ mesh }: World, readings: readonly Reading[]): Promise<number> {
  const services = [...new Set(readings.map(({ service }) => service))];
  const counts = await Promise.all(
    services.map((service) => mesh.infrastructure.rows(service, "SELECT COUNT(*) AS had FROM mesh_inbox")),
  );
  return counts.reduce((sum, rows) => sum + Number(rows[0]?.["had"]), 0);
}

async function mailsToSend({ mesh }: World): Promise<number> {
  const rows = await mesh.infrastructure.rows(
    "notification",
    "SELECT COUNT(*) AS pending FROM delivery WHERE state = 'pending'",
  );
  return Number(rows[0]?.["pending"]);
}

/** Each confirmed checkout is told so, and whatever is told is one mail. One sent twice by a crash carries one Message-ID. */
async function mailClaims({ mesh }: World, groups: readonly GroupRow[]): Promise<readonly Claim[]> {
  const confirmed = groups.filter(({ state }) => state === "confirmed");
  const [deliveries, unsure] = await Promise.all([
    mesh.infrastructure.rows(
      "notification",
      "SELECT once_key, recipient, provider_reference FROM delivery WHERE state = 'delivered'",
    ),
    // Handed over by who died of it, and out of date by the next try.
    mesh.infrastructure.rows(
      "notification",
      "SELECT id FROM delivery WHERE state <> 'delivered' AND unsure_since_ms IS NOT NULL",
    ),
  ]);
  const perhaps = new Set(unsure.map(({ id }) => String(id)));
  const isPerhaps = (messageId: string) => perhaps.has(/^<([^@]+)@/.exec(messageId)?.[1] ?? "");
  const told = new Set(deliveries.map((row) => String(row["once_key"])));
  const untold = confirmed.filter(({ id }) => !told.has(`order-confirmed/${id}`));
  const toldWrongly = groups.filter((group) => !confirmed.includes(group) && told.has(`order-confirmed/${group.id}`));
  const sent = Map.groupBy(deliveries, ({ recipient }) => String(recipient));
  const arrived = await readArrivals(mesh.sandboxUrl);
  let again = 0;
  const wrong: string[] = [];
  for (const email of new Set(groups.map((group) => group.email))) {
    const ids = arrived.get(email) ?? [];
    const expected = new Set((sent.get(email) ?? []).map((row) => String(row["provider_reference"])));
    const certain = new Set(ids.filter((id) => !isPerhaps(id)));
    const isSame = certain.size === expected.size && [...certain].every((id) => expected.has(id));
    if (!isSame) wrong.push(`${email}: ${ids.length} of ${expected.size}`);
    again += ids.length - new Set(ids).size;
  }
  return [
    claim(
      "each confirmed buyer is told so, nobody else is, each time by one mail",
      wrong.length + untold.length + toldWrongly.length === 0,
      {
        mails: deliveries.length,
        wrong,
        untold: untold.map(({ id }) => id),
        "told wrongly": toldWrongly.map(({ id }) => id),
        "handed over twice under one Message-ID": again,
        "may have been told all the same": unsure.length,
      },
    ),
  ];
}

/** The Message-IDs of all mails that came in, by recipient. */
async function readArrivals(sandboxUrl: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, string[]>();
  for (let after = "0"; ; ) {
    const page = (await (await fetch(`${sandboxUrl}/mailbox/arrivals?after=${after}`)).json()) as Json;
    const arrivals = list(page, "arrivals");
    for (const arrival of arrivals) {
      const recipient = text(arrival, "recipient");
      const known = ids.get(recipient);
      if (known === undefined) ids.set(recipient, [text(arrival, "messageId")]);
      else known.push(text(arrival, "messageId"));
    }
    const last = arrivals.at(-1);
    if (last === undefined) return ids;
    after = text(last, "seq");
  }
}

/** A coupon counts for each confirmed checkout that used it, and for no other. */
async function couponClaim({ mesh }: World, groups: readonly GroupRow[]): Promise<Claim> {
  const rows = await mesh.infrastructure.rows("promotion", "SELECT id, state FROM redemption");
  const states = new Map(groups.map(({ id, state }) => [id, state]));
  const used = rows.filter(({ state }) => state === "confirmed" || state === "reserved");
  const wrong = used.filter(({ id, state }) => (states.get(String(id)) === "confirmed") !== (state === "confirmed"));
  return claim("a coupon is used by confirmed checkouts only", wrong.length === 0, {
    used: used.length,
    wrong: wrong.map(({ id, state }) => `${String(id)} ${String(state)}`),
  });
}
