import { gzipSync } from "node:zlib";
import { forgedToken, unsignedToken } from "./tokens.ts";

const LIST = "/shop.catalog.v1.CatalogService/ListProducts";
const MEBIBYTE = 1024 * 1024;

/** A request that should never have been sent, and what the gateway says to it: "<HTTP status> <code> <reason>". */
export type BadRequest = {
  readonly name: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly told: string;
};

const json = { "content-type": "application/json" };
const proto = { "content-type": "application/proto" };
const malformed = "400 invalid_argument MALFORMED_REQUEST";
const tooDeep = "400 invalid_argument NESTING_TOO_DEEP";
const tooLarge = "413 resource_exhausted BODY_TOO_LARGE";
const invalidToken = "401 unauthenticated TOKEN_INVALID";
const get = (query: string) => ({ method: "GET", headers: {}, path: `${LIST}?${query}` });

/** What the gateway is sent over HTTP/1.1. */
export const badRequests: readonly BadRequest[] = [
  { name: "JSON that is cut off", body: '{"pageSize":', told: malformed },
  { name: "a wrong type in JSON", body: '{"pageSize":"many"}', told: malformed },
  {
    name: "a value that the contract forbids",
    body: '{"pageSize":-1}',
    told: "400 invalid_argument VALIDATION_FAILED",
  },
  { name: "JSON that is no UTF-8", body: Buffer.from('{"categoryId":"\xff"}', "latin1"), told: malformed },
  { name: "a nesting bomb in JSON", body: `{"x":${"[".repeat(1_000_000)}`, told: tooDeep },
  { name: "a nesting bomb in protobuf", headers: proto, body: Buffer.alloc(1_000_000, 0x7b), told: tooDeep },
  { name: "protobuf that is cut off", headers: proto, body: Buffer.of(0x12, 0x7f, 1), told: malformed },
  { name: "a string in protobuf that is no UTF-8", headers: proto, body: Buffer.of(0x12, 1, 0xff), told: malformed },
  { name: "a body of 10 MB", body: `{"categoryId":"${"x".repeat(10_000_000)}"}`, told: tooLarge },
  {
    name: "a gzip bomb",
    headers: { ...json, "content-encoding": "gzip" },
    body: gzipSync(Buffer.alloc(100 * MEBIBYTE, " ")),
    told: tooLarge,
  },
  {
    name: "a method that is not there",
    path: "/shop.catalog.v1.CatalogService/Steal",
    told: "404 unimplemented METHOD_UNKNOWN",
  },
  { name: "a service that is not there", path: "/shop.nobody.v1.Nobody/Do", told: "404 unimplemented METHOD_UNKNOWN" },
  {
    name: "a service that this mesh does not run",
    path: "/shop.promotion.v1.PromotionService/ExplainCoupon",
    headers: { ...json, authorization: "" },
    body: '{"cartId":"0190a5b2-0000-7000-8000-000000000001","code":"X"}',
    told: "503 unavailable SERVICE_UNAVAILABLE",
  },
  {
    name: "a content type that nobody speaks",
    headers: { "content-type": "text/xml" },
    told: "415 invalid_argument CONTENT_TYPE_UNKNOWN",
  },
  { name: "a verb that is not allowed", method: "DELETE", told: "405 unimplemented METHOD_NOT_ALLOWED" },
  {
    name: "a timeout that is none",
    headers: { ...json, "connect-timeout-ms": "soon" },
    told: "400 invalid_argument TIMEOUT_MALFORMED",
  },
  {
    name: "a GET whose base64 is none",
    ...get("encoding=proto&base64=1&message=%21"),
    told: "400 invalid_argument QUERY_MALFORMED",
  },
  {
    name: "headers of 20 KB",
    headers: { ...json, "x-large": "x".repeat(20_000) },
    told: "431 resource_exhausted HEADERS_TOO_LARGE",
  },
  {
    name: "a page of another site",
    headers: { ...json, origin: "https://evil.example" },
    told: "403 permission_denied ORIGIN_NOT_ALLOWED",
  },
  { name: "a token that is none", headers: { ...json, authorization: "Bearer x" }, told: invalidToken },
  {
    name: "a scheme that is none",
    headers: { ...json, authorization: "Basic YTpi" },
    told: "401 unauthenticated AUTHORIZATION_MALFORMED",
  },
  {
    name: "a token that nobody signed",
    headers: { ...json, authorization: `Bearer ${unsignedToken()}` },
    told: invalidToken,
  },
  {
    name: "a token that somebody else signed",
    headers: { ...json, authorization: `Bearer ${forgedToken()}` },
    told: invalidToken,
  },
  {
    name: "a session that is none",
    headers: { ...json, authorization: "Bearer st_nothing" },
    told: "401 unauthenticated SESSION_INVALID",
  },
  { name: "a webhook of 2 MB", path: "/webhooks/stripe", body: Buffer.alloc(2_000_000), told: tooLarge },
  { name: "a webhook that nobody knows", path: "/webhooks/nobody", told: "404 not_found WEBHOOK_UNKNOWN" },
  {
    name: "a picture outside of the folder",
    path: "/media/..%2F..%2Fetc%2Fpasswd",
    method: "GET",
    headers: {},
    told: "400 invalid_argument STORAGE_KEY_INVALID",
  },
];

/** What the gateway says to it. */
export async function sendBad(
  gatewayUrl: string,
  { path = LIST, method = "POST", headers = json, body = "{}" }: BadRequest,
) {
  const response = await fetch(gatewayUrl + path, { method, headers, ...(method === "GET" ? {} : { body }) });
  const { code, details } = (await response.json()) as {
    readonly code: string;
    readonly details: readonly { readonly debug: { readonly reason: string } }[];
  };
  return `${response.status} ${code} ${details[0]?.debug.reason}`;
}
