import test from "ava";
import { listenAddressOf, targetOf } from "../../src/host/settings.ts";
import { grpcTargetOf, mayBeSeveral } from "../../src/transport/grpc/target.ts";

const becomes = test.macro({
  exec: (t, address: string, target: string) => void t.is(grpcTargetOf(address), target),
  title: (_, address) => `${address} is an address of instances`,
});
test(becomes, "127.0.0.1:9006", "dns:///127.0.0.1:9006");
test(becomes, "order:9006", "dns:///order:9006");
test(becomes, "dns:///order:9006", "dns:///order:9006");
test(becomes, "127.0.0.1:9006,127.0.0.1:9206", "ipv4:127.0.0.1:9006,127.0.0.1:9206");
test(becomes, "[::1]:9006, [::1]:9206", "ipv6:[::1]:9006,[::1]:9206");

const refused = test.macro({
  exec: (t, address: string) => void t.throws(() => grpcTargetOf(address), { message: /^must / }),
  title: (_, address) => `"${address}" is refused`,
});
test(refused, "order");
test(refused, "order:99999");
test(refused, "order-1:9006,order-2:9006");
test(refused, "127.0.0.1:9006,[::1]:9006");
test(refused, "127.0.0.1:9006,");
test(refused, "dns:///order");
test(refused, "dns:///order:9006,dns:///order:9007");

test("several addresses and names stand for more than one instance", (t) => {
  t.deepEqual(["a:1", "127.0.0.1:1,127.0.0.1:2", "dns:///a:1"].map(mayBeSeveral), [false, true, true]);
});

test("a service listens where it is reached, unless it is told where", (t) => {
  t.is(listenAddressOf("order", { ORDER_ADDRESS: "127.0.0.1:9006" }, false), "127.0.0.1:9006");
  const environment = { ORDER_ADDRESS: "127.0.0.1:9006,127.0.0.1:9206", ORDER_LISTEN: "127.0.0.1:9206" };
  t.is(listenAddressOf("order", environment, false), "127.0.0.1:9206");
  t.is(targetOf("order", environment), "127.0.0.1:9006,127.0.0.1:9206");
});

test("a service that is reached at several addresses must be told at which it listens", (t) => {
  t.throws(() => listenAddressOf("order", { ORDER_ADDRESS: "dns:///order:9006" }, false), {
    message: /ORDER_LISTEN is not set/,
  });
});

test("a service without TLS refuses to listen where other machines reach it, unless the network is said to be private", (t) => {
  const environment = { ORDER_ADDRESS: "dns:///order:9006", ORDER_LISTEN: "0.0.0.0:9006" };
  t.throws(() => listenAddressOf("order", environment, false), { message: /without TLS on 0\.0\.0\.0:9006/ });
  t.is(listenAddressOf("order", environment, true), "0.0.0.0:9006");
});

test("the settings of a service with a hyphen in its name are written with an underscore", (t) => {
  t.is(targetOf("gift-card", { GIFT_CARD_ADDRESS: "127.0.0.1:9099" }), "127.0.0.1:9099");
});
