import { connect, type Socket } from "node:net";

/** An answer, as far as a load needs it. */
export type Answer = {
  readonly status: number;
  readonly body: string;
  /** Whether the gateway took it in: it then has a request's id. */
  readonly isTakenIn: boolean;
  /** From the last byte out to the last byte in. */
  readonly ms: number;
};

/**
 * Connections that are kept, each with one request at a time: HTTP/1.1 with next to no cost, for who makes the load shares
 * the machine with who bears it.
 */
export type Wires = {
  /** The answer to a request made by `post`; status 0 where the connection broke. Undefined where every wire is busy. */
  send(request: Buffer): Promise<Answer> | undefined;
  close(): void;
};

type Wire = {
  readonly socket: Socket;
  received: string;
  sentMs: number;
  settle: ((answer: Answer) => void) | undefined;
};

/** The bytes of a Connect call in JSON. */
export function post(host: string, method: string, body: object, token = ""): Buffer {
  const json = JSON.stringify(body);
  const head = [
    `POST /${method} HTTP/1.1`,
    `host: ${host}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(json)}`,
    ...(token === "" ? [] : [`authorization: Bearer ${token}`]),
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${json}`);
}

/** At most `max` connections to `host` ("127.0.0.1:8080"), opened as they are needed. */
export function openWires(host: string, max: number): Wires {
  const { hostname, port } = new URL(`http://${host}`);
  const idle: Wire[] = [];
  const all = new Set<Wire>();

  function open(): Wire {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const wire: Wire = { socket, received: "", sentMs: 0, settle: undefined };
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => read(wire, chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      all.delete(wire);
      const place = idle.indexOf(wire);
      if (place >= 0) idle.splice(place, 1);
      finish(wire, 0, "");
    });
    all.add(wire);
    return wire;
  }

  function read(wire: Wire, chunk: string): void {
    wire.received += chunk;
    const headEnd = wire.received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = wire.received.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) {
      // What has no length ends with its connection: none of the shop's calls is answered so.
      wire.socket.destroy();
      return;
    }
    if (wire.received.length < headEnd + 4 + length) return;
    const body = wire.received.slice(headEnd + 4, headEnd + 4 + length);
    wire.received = "";
    if (!wire.socket.destroyed) idle.push(wire);
    finish(wire, Number(head.slice(9, 12)), body, /\r\nx-request-id:/i.test(head));
  }

  function finish(wire: Wire, status: number, body: string, isTakenIn = false): void {
    const { settle } = wire;
    wire.settle = undefined;
    settle?.({ status, body, isTakenIn, ms: performance.now() - wire.sentMs });
  }

  return {
    send(request) {
      const wire = idle.pop() ?? (all.size < max ? open() : undefined);
      if (wire === undefined) return undefined;
      return new Promise((settle) => {
        wire.settle = settle;
        wire.sentMs = performance.now();
        wire.socket.write(request);
      });
    },
    close() {
      for (const { socket } of all) socket.destroy();
    },
  };
}
