import { type Json, readJson } from "../fields.ts";
import { FedexRefusal } from "./refusal.ts";

export function parseJson(body: Buffer): Json {
  const json = readJson(body);
  if (json === undefined) {
    throw new FedexRefusal(400, "INVALID.INPUT.EXCEPTION", "Invalid JSON in the request body.");
  }
  return json;
}
