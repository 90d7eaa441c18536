// What no well-behaved HTTP/2 client sends: tests of the edge write it byte by byte.

/** An HTTP/2 frame as bytes. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** What an HTTP/2 client says first, with empty settings. */
export const preface = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0)]);

const GET = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x04, ...Buffer.from("shop")]);

/** A GET of "/" on stream `id`, at once reset by its client, with CANCEL or another code. */
export function resetRequest(id: number, code = 8): Buffer {
  return Buffer.concat([frame(1, 5, id, GET), frame(3, 0, id, Buffer.of(0, 0, 0, code))]);
}
