import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { frame, preface, resetRequest } from "@shopmesh/mesh/testing";
import { badCalls, callBad } from "../../bad-input/grpc.ts";
import { badRequests, sendBad } from "../../bad-input/http.ts";

/** What an attack came to. */
export type Attack = {
  /** Requests that were sent. */
  readonly sent: number;
  /** Connections that were opened for it, and those of them that the gateway ended. */
  readonly opened: number;
  readonly ended: number;
  /** Answers other than the right one: "<what>: <answer>". */
  readonly wrong: readonly string[];
};

const RESETS_AT_ONCE = 100;
/** So often a second: an attacker has a line too. */
const PER_SECOND = 20;

/** What to attack with, and what. */
export type Order = {
  readonly kind: string;
  readonly count: number;
  /** "127.0.0.1:8080". */
  readonly gateway: string;
  readonly service: string;
};

/** Whom the others, who come from 127.0.0.1, share no address with. */
const ATTACKER = "127.0.0.2";
const SWARM_SIZE = 250;

const attacks: Readonly<Record<string, (count: number) => Promise<Attack>>> = {
  resets: (count) => resets(count, () => ATTACKER),
  // As from a swarm of machines: no connection comes from where the last one came from.
  swarm: (count) => resets(count, (index) => `127.0.1.${1 + (index % SWARM_SIZE)}`),
  floods,
  slow,
  inputs,
};
let gateway = "";
let service = "";

/** In a process of its own, so that who measures the others is not slowed by it; it attacks once it is told what. */
process.on("disconnect", () => process.exit(1));
process.once("message", (order: Order) => {
  ({ gateway, service } = order);
  const attack = attacks[order.kind];
  if (attack === undefined) throw new Error(`no attack "${order.kind}"; there are: ${Object.keys(attacks).join(", ")}`);
  void attack(order.count).then((result) => process.send?.(result));
});
process.send?.("ready");

/** Requests that are reset at once, over as many connections as that takes; `from` says where each comes from. */
async function resets(wanted: number, from: (connection: number) => string): Promise<Attack> {
  let [sent, opened, ended] = [0, 0, 0];
  while (sent < wanted) {
    const socket = dial(from(opened));
    opened += 1;
    const end = closed(socket);
    socket.write(preface);
    for (let id = 1; !socket.destroyed && sent < wanted; ) {
      const batch = Array.from({ length: RESETS_AT_ONCE }, (_, index) => resetRequest(id + 2 * index));
      id += 2 * RESETS_AT_ONCE;
      sent += RESETS_AT_ONCE;
      await new Promise((resolve) => socket.write(Buffer.concat(batch), resolve));
      await delay(1_000 / PER_SECOND / 5);
    }
    if (sent < wanted) await end;
    ended += socket.destroyed ? 1 : 0;
    socket.destroy();
  }
  return { sent, opened, ended, wrong: [] };
}

/** Connections that send nothing but pings, settings, or halves of a head. */
async function floods(connections: number): Promise<Attack> {
  const kinds = [frame(6, 0, 0, Buffer.alloc(8)), frame(4, 0, 0), Buffer.concat([frame(1, 0, 1), frame(9, 0, 1)])];
  let ended = 0;
  for (let index = 0; index < connections; index++) {
    const socket = dial(ATTACKER);
    const flooding = kinds[index % kinds.length] ?? Buffer.alloc(0);
    socket.write(preface);
    socket.write(Buffer.concat(Array.from({ length: 2_000 }, () => flooding)));
    await closed(socket);
    ended += 1;
    await delay(1_000 / PER_SECOND);
  }
  return { sent: connections, opened: connections, ended, wrong: [] };
}

/** Connections that say nothing, or too little, or nothing after their first words; all at once, until each is ended. */
async function slow(connections: number): Promise<Attack> {
  const list =
    "POST /shop.catalog.v1.CatalogService/ListProducts HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n";
  const starts = ["", "GET / HTTP/1.1\r\nhost: sh", `${list}content-length: 100\r\n\r\n{`, preface];
  const ends = Array.from({ length: connections }, async (_, index) => {
    const socket = dial();
    const end = closed(socket);
    socket.write(starts[index % starts.length] ?? "");
    await end;
  });
  await Promise.all(ends);
  return { sent: connections, opened: connections, ended: ends.length, wrong: [] };
}

/** Every bad input, in turn, at the gateway and at the service's own port. */
async function inputs(rounds: number): Promise<Attack> {
  const wrong: string[] = [];
  let sent = 0;
  const judge = async (name: string, told: string, answer: Promise<string>): Promise<void> => {
    sent += 1;
    const heard = await answer.catch((error: unknown) => String(error));
    if (heard !== told) wrong.push(`${name}: ${heard}`);
    await delay(1_000 / PER_SECOND);
  };
  for (let round = 0; round < rounds; round++) {
    for (const bad of badRequests) await judge(bad.name, bad.told, sendBad(`http://${gateway}`, bad));
    for (const bad of badCalls) {
      await judge(`gRPC ${bad.name}`, bad.told, callBad(gateway, bad));
      await judge(`own port ${bad.name}`, bad.told, callBad(service, bad));
    }
  }
  return { sent, opened: 0, ended: 0, wrong };
}

function dial(localAddress?: string): Socket {
  const [host = "", port = ""] = gateway.split(":");
  return connect({ port: Number(port), host, ...(localAddress === undefined ? {} : { localAddress }) })
    .on("error", () => undefined)
    .resume();
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve())));
}
