import {
  type DescField,
  type DescMessage,
  getOption,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { sensitive } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";

const REDACTED = "[redacted]";

/** `message` as JSON, every field marked `sensitive` replaced by "[redacted]", at any depth. A sensitive field that is not set is not there. */
export function redact<D extends DescMessage>(schema: D, message: MessageShape<D>): JsonValue {
  return mask(schema, toJson(schema, message));
}

function mask(schema: DescMessage, json: JsonValue): JsonValue {
  // Well-known types have JSON forms of their own, and no secrets.
  if (!isObject(json) || schema.typeName.startsWith("google.protobuf.")) return json;
  const fields = fieldsByJsonName(schema);
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = fields.get(name);
      return [name, field === undefined ? value : maskField(field, value)];
    }),
  );
}

function maskField(field: DescField, value: JsonValue): JsonValue {
  if (getOption(field, sensitive)) return REDACTED;
  const { message } = field;
  if (message === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => mask(message, item));
  if (field.fieldKind === "map" && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(message, item)]));
  }
  return mask(message, value);
}

const known = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

function fieldsByJsonName(schema: DescMessage): ReadonlyMap<string, DescField> {
  const fields = known.get(schema) ?? new Map(schema.fields.map((field) => [field.jsonName, field]));
  known.set(schema, fields);
  return fields;
}

function isObject(json: JsonValue): json is { [key: string]: JsonValue } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
