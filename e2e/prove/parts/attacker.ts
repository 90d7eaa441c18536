import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { preface, resetRequest } from "@shopmesh/mesh/testing";
import { badCalls, callBad } from "../../bad-input/grpc.ts";
import { badRequests, sendBad } from "../../bad-input/http.ts";
import { addEnds, type Ends, type EndsByKind, floodKinds, slowKinds } from "./nuisances.ts";

/** What an attack came to. */
export type Attack = {
  /** Requests that were sent. */
  readonly sent: number;
  /** Connections that were opened for resets, and those of them that the gateway ended, or turned away. */
  readonly opened: number;
  readonly ended: number;
  /** Connections of floods, and of who is slow. */
  readonly ends: EndsByKind;
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
/** Who is slow shares it with nobody either, nor with who was turned away for his resets. */
const SLOW = "127.0.3.1";
const SWARM_SIZE = 250;
/** In batches that HTTP/2's own queues hold: they end who fills them. */
const FRAMES_OF_A_BATCH = 100;
/** Far more than any time-out that the proof gives the gateway. */
const ENDED_WITHIN_MS = 10_000;
/** How the gateway's words begin for who comes to a full port, and for an address that gets no HTTP/2: settings of none. */
const TURNED_AWAY = [Buffer.from("HTTP/1.1 503"), Buffer.from("000000040000000000", "hex")];

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
  return { sent, opened, ended, ends: {}, wrong: [] };
}

/** Floods of each kind in turn, each from where no other has come from: whose address is turned away reaches no guard. */
async function floods(connections: number): Promise<Attack> {
  const kinds = Object.entries(floodKinds);
  const all: Promise<EndsByKind>[] = [];
  for (let index = 0; index < connections; index++) {
    const [kind = "", flooding = Buffer.alloc(0)] = kinds[index % kinds.length] ?? [];
    all.push(flood(flooding, `127.0.2.${1 + (index % SWARM_SIZE)}`).then((ends) => ({ [kind]: ends })));
    await delay(1_000 / PER_SECOND);
  }
  const ends = (await Promise.all(all)).reduce(addEnds, {});
  return { sent: connections, opened: 0, ended: 0, ends, wrong: [] };
}

/** Floods until it is ended, or its time is up: one that rests would be ended for that. */
async function flood(flooding: Buffer, from: string): Promise<Ends> {
  const line = openLine(preface, from);
  await inTime(line.heard);
  const batch = Buffer.concat(Array.from({ length: FRAMES_OF_A_BATCH }, () => flooding));
  const untilMs = performance.now() + ENDED_WITHIN_MS;
  while (line.isLetIn() && !line.socket.destroyed && performance.now() < untilMs) {
    line.socket.write(batch);
    await delay(1_000 / PER_SECOND / 5);
  }
  return leave(line, line.socket.destroyed);
}

/** Connections that say nothing, or too little, or nothing after their first words; all at once, until each is ended. */
async function slow(connections: number): Promise<Attack> {
  const kinds = Object.entries(slowKinds);
  const all = Array.from({ length: connections }, async (_, index): Promise<EndsByKind> => {
    const [kind = "", words = ""] = kinds[index % kinds.length] ?? [];
    const line = openLine(words, SLOW);
    return { [kind]: leave(line, await inTime(line.closed)) };
  });
  const ends = (await Promise.all(all)).reduce(addEnds, {});
  return { sent: connections, opened: 0, ended: 0, ends, wrong: [] };
}

/** A connection on which something was said. */
type Line = {
  readonly socket: Socket;
  /** Resolves at the gateway's first words, or at the end. */
  readonly heard: Promise<void>;
  readonly closed: Promise<void>;
  /** Whether it was there and has not been turned away. */
  isLetIn(): boolean;
};

function openLine(words: string | Buffer, from: string): Line {
  const socket = dial(from);
  const end = closed(socket);
  let isThere = false;
  let first: Buffer = Buffer.alloc(0);
  socket.once("connect", () => (isThere = true));
  const spoken = new Promise<void>((resolve) =>
    socket.once("data", (bytes: Buffer) => {
      first = bytes;
      resolve();
    }),
  );
  socket.write(words);
  return {
    socket,
    heard: Promise.race([spoken, end]),
    closed: end,
    isLetIn: () => isThere && !TURNED_AWAY.some((start) => first.subarray(0, start.length).equals(start)),
  };
}

/** What became of it; it is closed here where it still lives. */
function leave({ socket, isLetIn }: Line, isEnded: boolean): Ends {
  socket.destroy();
  return { opened: 1, refused: isLetIn() ? 0 : 1, ended: isEnded && isLetIn() ? 1 : 0 };
}

async function inTime(event: Promise<void>): Promise<boolean> {
  const late = new AbortController();
  const timer = delay(ENDED_WITHIN_MS, false, { signal: late.signal }).catch(() => false);
  const isInTime = await Promise.race([event.then(() => true), timer]);
  late.abort();
  return isInTime;
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
  return { sent, opened: 0, ended: 0, ends: {}, wrong };
}

function dial(localAddress: string): Socket {
  const [host = "", port = ""] = gateway.split(":");
  return connect({ port: Number(port), host, localAddress })
    .on("error", () => undefined)
    .resume();
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve())));
}
