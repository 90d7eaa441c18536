import { setTimeout as delay } from "node:timers/promises";
import { openWorld, type World } from "../stories/world.ts";
import { cachesClaims } from "./parts/caches.ts";
import { type Buyer, type Goods, isAccepted, openGoods, type Sale, sell } from "./parts/buyers.ts";
import { type Chance, createChance } from "./parts/chance.ts";
import { claim, share } from "./parts/claim.ts";
import { eventClaims, eventsAtRest, servicesOf } from "./parts/events.ts";
import { isDecided, readGroups, within } from "./parts/groups.ts";
import { moneyClaims } from "./parts/money.ts";
import { stockClaims } from "./parts/stock.ts";
import { list, text } from "../shop.ts";
import type { Claim, Proof } from "./proof.ts";

const AWAY_MS = { quick: { nats: 10_000, others: 3_000 }, full: { nats: 60_000, others: 15_000 } } as const;
const BUYERS = 3;
const BACK_WITHIN_MS = 5_000;
const DRAINED_WITHIN_MS = 30_000;
/** Of a thousand orders that somebody tried to place while NATS was away. */
const ACCEPTED_OF_A_THOUSAND = 999;
const SETTLES_WITHIN_MS = 120_000;
const HOUR_MS = 3_600_000;

/** NATS, MariaDB and Redis go one after another while orders come in, and come back; nobody restarts anything else. */
export const proof: Proof = {
  name: "outages",
  title: "NATS, MariaDB and Redis stop, die and lose what they had under orders",
  async run({ say, profile, seed }) {
    const chance = createChance(seed);
    say("starting the mesh, a process for each service");
    const world = await openWorld("mesh");
    try {
      const pids = pidsOf(world);
      const scene: Scene = {
        world,
        chance,
        say,
        awayMs: AWAY_MS[profile],
        goods: await openGoods(world.shop),
        // Guests: what a refused order leaves in the one cart of a customer would be in her next.
        buyers: Array.from({ length: BUYERS }, () => ({ session: "" })),
        sales: [],
      };
      await world.shop.call("shop.mesh.v1.ClockService/Advance", { by: "3600s" }, world.admin);
      return [
        ...(await natsStops(scene)),
        ...(await natsForgets(scene)),
        ...(await mariadbGoes(scene, "is restarted")),
        ...(await mariadbGoes(scene, "is killed with -9")),
        ...(await redisGoes(scene)),
        ...(await books(scene)),
        samePids(pids, pidsOf(world)),
        await clockClaim(scene),
      ];
    } finally {
      await world.mesh.stop();
    }
  },
};

type Scene = {
  readonly world: World;
  readonly chance: Chance;
  readonly say: (line: string) => void;
  readonly awayMs: { readonly nats: number; readonly others: number };
  readonly goods: Goods;
  readonly buyers: readonly Buyer[];
  /** All that were tried. */
  readonly sales: Sale[];
};

/** Orders, each call tried once, for as long as `outage` takes; what came of them. */
async function ordersDuring(scene: Scene, outage: () => Promise<void>): Promise<readonly Sale[]> {
  const { world, chance, goods, buyers, say } = scene;
  let isOver = false;
  const selling = sell({ shop: world.shop, goesOn: () => !isOver, buyers, chance, goods, say });
  try {
    await outage();
  } finally {
    isOver = true;
    scene.sales.push(...(await selling));
  }
  return selling;
}

async function natsStops(scene: Scene): Promise<readonly Claim[]> {
  const { world, say, awayMs } = scene;
  const { nats } = world.mesh.infrastructure;
  const sales = await ordersDuring(scene, async () => {
    say(`NATS stops for ${awayMs.nats / 1_000} s`);
    await nats.stop();
    await delay(awayMs.nats);
    await nats.start();
  });
  say("NATS is back");
  const restedMs = await eventsAtRest(world);
  const accepted = sales.filter(isAccepted);
  return [
    claim(
      `NATS stopped for ${awayMs.nats / 1_000} s: ≥ 99.9 % of the orders are accepted`,
      1_000 * accepted.length >= ACCEPTED_OF_A_THOUSAND * sales.length && sales.length > 9,
      {
        accepted: share(accepted.length, sales.length),
        refused: refusalsOf(sales),
      },
    ),
    claim("NATS back: all is said, read and mailed within 30 s", (restedMs ?? Infinity) <= DRAINED_WITHIN_MS, {
      "at rest after": secondsOf(restedMs),
    }),
  ];
}

async function natsForgets(scene: Scene): Promise<readonly Claim[]> {
  const { world, say, awayMs } = scene;
  const { infrastructure } = world.mesh;
  const sales = await ordersDuring(scene, async () => {
    say("NATS stops and loses its store");
    await infrastructure.nats.stop();
    infrastructure.wipeNats();
    await delay(awayMs.others);
    await infrastructure.nats.start();
    await delay(awayMs.others);
  });
  const restedMs = await eventsAtRest(world);
  const held = await streamsHeld(world);
  return [
    claim("NATS's store lost: ≥ 99 % of the orders are accepted", share99(sales), {
      accepted: share(sales.filter(isAccepted).length, sales.length),
      refused: refusalsOf(sales),
    }),
    claim(
      "NATS's store lost: each stream is refilled from its outbox by itself",
      restedMs !== undefined && held.lacking.length === 0,
      {
        "at rest after": secondsOf(restedMs),
        streams: held.streams,
        events: held.events,
        lacking: held.lacking,
      },
    ),
  ];
}

/** Whether each owner's stream holds what its outbox said. */
async function streamsHeld(world: World) {
  const lacking: string[] = [];
  let [streams, events] = [0, 0];
  for (const service of servicesOf(world)) {
    const answer = await world.shop.call("shop.mesh.v1.EventAdminService/ListStreams", { service }, world.admin);
    const own = list(answer, "streams").find((stream) => text(stream, "name").endsWith(`-${service}-events`));
    const [row] = await world.mesh.infrastructure.rows(
      service,
      `SELECT COUNT(*) AS said FROM mesh_outbox WHERE subject LIKE 'shop.${service}.v1.%'`,
    );
    const said = Number(row?.["said"]);
    const kept = Number(text(own, "messageCount") || "0");
    if (kept < said) lacking.push(`${service} ${kept} of ${said}`);
    if (said > 0) streams += 1;
    events += said;
  }
  return { lacking, streams, events };
}

async function mariadbGoes(scene: Scene, how: "is restarted" | "is killed with -9"): Promise<readonly Claim[]> {
  const { world, say } = scene;
  const { mariadb } = world.mesh.infrastructure;
  const pid = mariadb.pid();
  let backMs: number | undefined;
  await ordersDuring(scene, async () => {
    await delay(1_000);
    say(`MariaDB ${how}`);
    if (how === "is restarted") await mariadb.stop().then(mariadb.start);
    else await mariadb.crash();
    backMs = await within(60_000, () => everyServiceAnswers(world));
    say(`MariaDB answers again, every service ${secondsOf(backMs)} later`);
    await delay(1_000);
  });
  const after = await sell({ ...scene, shop: world.shop, goesOn: (begun) => begun < 5 });
  scene.sales.push(...after);
  const isBack = backMs !== undefined && backMs <= BACK_WITHIN_MS && mariadb.pid() !== pid;
  return [
    claim(`MariaDB ${how}: every service answers within 5 s of its port`, isBack, { after: secondsOf(backMs) }),
    claim(`MariaDB ${how}: orders go on as before`, after.every(isAccepted), {
      accepted: share(after.filter(isAccepted).length, after.length),
      refused: refusalsOf(after),
    }),
  ];
}

/** Whether each service reads its own schema, asked through the gateway. */
async function everyServiceAnswers(world: World): Promise<boolean> {
  const asked = servicesOf(world).map((service) =>
    world.shop.call("shop.mesh.v1.EventAdminService/ListDeadLetters", { service }, world.admin).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(asked)).every((answers) => answers);
}

async function redisGoes(scene: Scene): Promise<readonly Claim[]> {
  const { world, say, awayMs } = scene;
  let caches: readonly Claim[] = [];
  const sales = await ordersDuring(scene, async () => {
    caches = await cachesClaims(world, { say, awayMs: awayMs.others });
  });
  return [
    claim("Redis flushed, hung and stopped: ≥ 99 % of the orders are accepted", share99(sales), {
      accepted: share(sales.filter(isAccepted).length, sales.length),
      refused: refusalsOf(sales),
    }),
    ...caches,
  ];
}

async function books({ world, sales, say }: Scene): Promise<readonly Claim[]> {
  const decidedMs = await within(SETTLES_WITHIN_MS, async () => (await readGroups(world)).every(isDecided));
  const restedMs = await eventsAtRest(world);
  const groups = await readGroups(world);
  say("reading the books");
  const lost = sales.filter(isAccepted).filter(({ groupId }) => !groups.some(({ id }) => id === groupId));
  const rejected = groups.filter(({ state }) => state === "rejected");
  return [
    claim("every order that was accepted is there and decided", decidedMs !== undefined && lost.length === 0, {
      orders: groups.length,
      rejected: rejected.map(({ rejectReason }) => rejectReason || "without a reason"),
      lost: lost.map(({ groupId }) => groupId),
    }),
    ...(await moneyClaims(world, groups)),
    ...(await stockClaims(world, groups, sales)),
    ...(await eventClaims(world, groups, restedMs)),
  ];
}

type Pids = ReadonlyMap<string, number>;

function pidsOf({ mesh }: World): Pids {
  return new Map(mesh.processes.map(({ name, pid }) => [name, pid]));
}

function samePids(before: Pids, after: Pids): Claim {
  const restarted = [...before].filter(([name, pid]) => after.get(name) !== pid).map(([name]) => name);
  return claim("no process of the mesh was restarted", restarted.length === 0 && before.size > 1, {
    processes: before.size,
    restarted,
  });
}

/** Whoever starts after NATS lost its store learns the mesh's time from the bucket that was made again. */
async function clockClaim({ world, say }: Scene): Promise<Claim> {
  say("the gateway starts anew, to read the time from the bucket");
  await world.mesh.kill("gateway");
  await world.mesh.restarted("gateway");
  const time = await world.shop.call("shop.mesh.v1.ClockService/GetTime", {});
  const offsetMs = 1_000 * Number(text(time, "offset").replace("s", ""));
  return claim("the mesh's clock outlived NATS's store", offsetMs >= HOUR_MS, { "ahead by": `${offsetMs / 1_000} s` });
}

function share99(sales: readonly Sale[]): boolean {
  return sales.length > 0 && sales.filter(isAccepted).length >= 0.99 * sales.length;
}

function refusalsOf(sales: readonly Sale[]): readonly string[] {
  return sales.filter((sale) => !isAccepted(sale)).map(({ refusal }) => refusal.slice(0, 160));
}

function secondsOf(ms: number | undefined): string {
  return ms === undefined ? "never" : `${(ms / 1_000).toFixed(1)} s`;
}
