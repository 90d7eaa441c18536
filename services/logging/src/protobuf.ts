/** A place in protobuf bytes, and where they end. */
export type Cursor = { readonly bytes: Buffer; at: number; readonly end: number };

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const LONGEST_VARINT = 10;

/**
 * Goes through the fields of one message. `take` is told each field's number with the cursor behind its tag; what it does
 * not read is passed over. Throws a RangeError where the bytes are no protobuf.
 */
export function eachField(cursor: Cursor, take: (field: number, wireType: number) => boolean): void {
  while (cursor.at < cursor.end) {
    const tag = readVarint(cursor);
    const wireType = tag & 7;
    if (!take(tag >>> 3, wireType)) skip(cursor, wireType);
  }
}

/** The length-delimited field at the cursor, as a cursor of its own; the given one is behind it. */
export function readWithin(cursor: Cursor): Cursor {
  const length = readVarint(cursor);
  const at = cursor.at;
  move(cursor, length);
  return { bytes: cursor.bytes, at, end: cursor.at };
}

/** A number up to 2^53; of a larger one, and of a negative one, the low bits are lost. */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  let factor = 1;
  for (let length = 0; length < LONGEST_VARINT; length++) {
    const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at++] : undefined;
    if (byte === undefined) break;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
  throw new RangeError("a number does not end");
}

/** An int64 as text: exact. */
export function readInt64(cursor: Cursor): string {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at++] : undefined;
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return String(BigInt.asIntN(64, value));
  }
  throw new RangeError("a number does not end");
}

/** Nanoseconds in a fixed64, as microseconds: exact in a double until 2255. */
export function readTimeUs(cursor: Cursor): number {
  const at = cursor.at;
  move(cursor, 8);
  return Math.floor((cursor.bytes.readUInt32LE(at + 4) * 2 ** 32 + cursor.bytes.readUInt32LE(at)) / 1_000);
}

export function readDouble(cursor: Cursor): number {
  const at = cursor.at;
  move(cursor, 8);
  return cursor.bytes.readDoubleLE(at);
}

function skip(cursor: Cursor, wireType: number): void {
  if (wireType === VARINT) readVarint(cursor);
  else if (wireType === FIXED64) move(cursor, 8);
  else if (wireType === BYTES) move(cursor, readVarint(cursor));
  else if (wireType === FIXED32) move(cursor, 4);
  else throw new RangeError(`wire type ${wireType} is none`);
}

function move(cursor: Cursor, length: number): void {
  if (cursor.at + length > cursor.end) throw new RangeError("a field is longer than what holds it");
  cursor.at += length;
}
