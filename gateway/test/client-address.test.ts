import type { HttpRequest } from "@shopmesh/mesh";
import test from "ava";
import { clientAddressOf, networksIn } from "../src/client-address.ts";

function from(remoteAddress: string, forwarded?: string): HttpRequest {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { headers, socket: { remoteAddress } } as unknown as HttpRequest;
}

const direct = clientAddressOf(networksIn(""));
const proxied = clientAddressOf(networksIn("10.0.0.0/8, fd00::/8"));

test("without a trusted proxy the socket's address counts, whatever a header says", (t) => {
  t.is(direct(from("203.0.113.7", "198.51.100.1")), "203.0.113.7");
  t.is(proxied(from("203.0.113.7", "198.51.100.1")), "203.0.113.7");
});

test("behind trusted proxies the nearest other address counts, not what the client wrote before it", (t) => {
  t.is(proxied(from("10.1.2.3", "198.51.100.1")), "198.51.100.1");
  t.is(proxied(from("10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9")), "198.51.100.1");
});

test("a trusted proxy that says nothing, or no address, is the client itself", (t) => {
  t.is(proxied(from("10.1.2.3")), "10.1.2.3");
  t.is(proxied(from("10.1.2.3", "unknown")), "10.1.2.3");
  t.is(proxied(from("10.1.2.3", "198.51.100.1, somebody")), "10.1.2.3");
});

test("an IPv4 address in IPv6 clothes is the IPv4 address", (t) => {
  t.is(direct(from("::ffff:203.0.113.7")), "203.0.113.7");
  t.is(proxied(from("::ffff:10.1.2.3", "::ffff:198.51.100.1")), "198.51.100.1");
});

test("an IPv6 network of 64 bits is one client, however its address is written", (t) => {
  for (const address of ["2001:db8:0:1::1", "2001:0DB8:0:1:ffff::", "2001:db8::1:2:3:4:5"]) {
    t.is(direct(from(address)), "2001:db8:0:1::/64");
  }
  t.is(direct(from("::1")), "0:0:0:0::/64");
  t.is(direct(from("fe80::1%eth0")), "fe80:0:0:0::/64");
  t.is(proxied(from("fd00::5", "2001:db8::1")), "2001:db8:0:0::/64");
});

test("what is no network is refused with its text", (t) => {
  for (const wrong of ["10.0.0.0/33", "proxy.example", "10.0.0.0/x"]) {
    t.throws(() => networksIn(`10.0.0.0/8, ${wrong}`), { message: new RegExp(wrong.replace("/", "\\/")) });
  }
});
