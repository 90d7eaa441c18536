import type { Message } from "@bufbuild/protobuf";

/** `message` frozen with all that is in it, byte fields excepted (the language cannot freeze those). */
export function deepFreeze(message: Message): Message {
  freezeValue(message);
  return message;
}

function freezeValue(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeValue(part);
}
