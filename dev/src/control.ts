import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { RestartOptions } from "./rolling.ts";
import type { ControlAddress } from "./state.ts";

export type Control = { readonly address: ControlAddress; readonly close: () => void };

type Order = Pick<RestartOptions, "names" | "force">;

/** One line of an answer: what happens, until it is done or not possible. */
type Line = { readonly says: string } | { readonly done: true } | { readonly problem: string };

const longestOrderBytes = 10_000;

/** Takes orders on a port of the loopback address, from who knows the token (it is in the state file), one at a time. */
export async function openControl(restart: (options: RestartOptions) => Promise<void>): Promise<Control> {
  const token = randomBytes(24).toString("base64url");
  let isBusy = false;
  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tell = (line: Line): void => void response.write(`${JSON.stringify(line)}\n`);
    if (!isRight(request.headers.authorization ?? "", `Bearer ${token}`)) {
      response.writeHead(401).end();
      return;
    }
    try {
      const order = await readOrder(request);
      if (isBusy) throw new Error("another restart is under way");
      isBusy = true;
      try {
        await restart({ ...order, say: (says) => tell({ says }) });
      } finally {
        isBusy = false;
      }
      tell({ done: true });
    } catch (error) {
      tell({ problem: error instanceof Error ? error.message : String(error) });
    }
    response.end();
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: { url: `http://127.0.0.1:${port}`, token },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Gives a running launcher the order to restart, and tells what it says. Throws an Error where it was not done. */
export async function orderRestart(
  { url, token }: ControlAddress,
  order: Order,
  say: (line: string) => void,
): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(order) });
  if (!response.ok || response.body === null) throw new Error(`the launcher refuses: ${response.status}`);
  for await (const text of createInterface({ input: Readable.fromWeb(response.body) })) {
    const line = JSON.parse(text) as Line;
    if ("problem" in line) throw new Error(line.problem);
    if ("done" in line) return;
    say(line.says);
  }
  throw new Error("the launcher ended before it was done");
}

async function readOrder(request: IncomingMessage): Promise<Order> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > longestOrderBytes) throw new Error("the order is too long");
  }
  const { names, force } = JSON.parse(text) as Order;
  return { names, force };
}

function isRight(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
