import { DomainError } from "@shopmesh/kernel";
import type { MethodContract } from "../../contract.ts";
import { contentTypeUnknown, methodNotAllowed, methodUnknown } from "../refusals.ts";
import { connectStream } from "./connect-stream.ts";
import { connectGet, connectPost } from "./connect-unary.ts";
import { grpcWire } from "./grpc.ts";
import { headerOf } from "./http.ts";
import type { Wire, WireCall } from "./wire.ts";

/** What a request speaks; with why it cannot be answered, where it cannot. */
export type Choice = { readonly wire: Wire; readonly refusal?: DomainError };

type Asked = { readonly path: string; readonly query: string; readonly contract: MethodContract | undefined };

const UNARY_TYPES = "application/json, application/proto";
const STREAM_TYPES = "application/connect+json, application/connect+proto";
const GRPC_TYPES = "application/grpc, application/grpc-web";

const types =
  /^application\/(?:(?<plain>json|proto)|connect\+(?<stream>json|proto)|grpc(?<web>-web)?(?:\+(?<grpc>json|proto))?)(?:\s*;\s*charset="?utf-?8"?)?$/i;

/** The protocol by HTTP method and content type; what speaks none that fits is refused in Connect's JSON. */
export function chooseWire(call: WireCall, { path, query, contract }: Asked): Choice {
  const json = connectPost(call, false);
  const type = types.exec(headerOf(call.request, "content-type") ?? "")?.groups ?? {};
  const { method = "" } = call.request;
  if (contract === undefined) {
    const isGrpc = headerOf(call.request, "content-type")?.startsWith("application/grpc") === true;
    const wire = isGrpc ? grpcWire(call, type["grpc"] !== "json", type["web"] !== undefined) : json;
    return { wire, refusal: methodUnknown(path) };
  }
  const isUnary = contract.method.methodKind === "unary";
  const isGettable = isUnary && contract.isReadOnly;
  if (isGettable && (method === "GET" || method === "HEAD")) return chooseGet(call, query, json);
  if (method !== "POST") {
    const allowed = isGettable ? "GET, HEAD, POST" : "POST";
    call.headers["allow"] = allowed;
    return { wire: json, refusal: methodNotAllowed(method, allowed) };
  }
  if (type["plain"] !== undefined && isUnary) return { wire: connectPost(call, type["plain"] === "proto") };
  if (type["stream"] !== undefined && !isUnary) return { wire: connectStream(call, type["stream"] === "proto") };
  if (type["plain"] === undefined && type["stream"] === undefined && "grpc" in type) {
    return { wire: grpcWire(call, type["grpc"] !== "json", type["web"] !== undefined) };
  }
  const accepted = `${isUnary ? UNARY_TYPES : STREAM_TYPES}, ${GRPC_TYPES}`;
  call.headers["accept-post"] = accepted;
  return { wire: json, refusal: contentTypeUnknown(headerOf(call.request, "content-type") ?? "", accepted) };
}

function chooseGet(call: WireCall, query: string, json: Wire): Choice {
  try {
    return { wire: connectGet(call, new URLSearchParams(query)) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { wire: json, refusal: error };
  }
}
