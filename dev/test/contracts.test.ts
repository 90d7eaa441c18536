import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { checkCalls, findCycles } from "../src/check/calls.ts";
import { checkContracts } from "../src/check/contract-rules.ts";
import { knownCallers } from "../src/check/contracts.ts";
import { contractRules } from "../src/check/finding.ts";
import { buildContracts, rootFolder } from "../src/check/image.ts";

const fixtures = "dev/fixtures/contracts";

async function readCalls(rule: string): Promise<Record<string, readonly string[]>> {
  return JSON.parse(await readFile(join(rootFolder, fixtures, rule, "calls.json"), "utf8"));
}

test("the contracts keep every rule", async (t) => {
  const own = (await buildContracts()).filter(({ proto }) => proto.package.startsWith("shop."));
  t.true(own.length > 20);
  t.deepEqual(checkContracts(own, knownCallers(own)), []);
});

test("each bad contract breaks its own rule and no other", async (t) => {
  const files = await buildContracts([fixtures]);
  const callers = knownCallers(files.filter(({ proto }) => proto.package.startsWith("shop.")));
  const bad = files.filter(({ proto }) => proto.package.startsWith("fixture."));
  t.true(bad.length > 15);
  for (const file of bad) {
    const [rule = ""] = file.name.split("/");
    const broken = checkContracts([file], callers).map((finding) => finding.rule);
    t.deepEqual([...new Set(broken)], rule === "call-not-listed" ? [] : [rule], file.name);
  }
});

test("every rule has its bad fixture", async (t) => {
  t.deepEqual((await readdir(join(rootFolder, fixtures))).sort(), [...contractRules].sort());
});

test("a call whose contract does not let the caller in is refused, and one that does is not", async (t) => {
  const services = (await buildContracts([fixtures])).flatMap((file) => file.services);
  const [[name, calls] = ["", []]] = Object.entries(await readCalls("call-not-listed"));
  const contracts = services.filter(({ typeName }) => calls.includes(typeName));
  t.is(contracts.length, 1);
  t.like(checkCalls([{ name, calls: contracts }])[0], { rule: "call-not-listed", subject: name });
  t.deepEqual(checkCalls([{ name: "order", calls: contracts }]), []);
});

test("a cycle of calls is found and told as the way round", async (t) => {
  t.deepEqual(findCycles(await readCalls("call-cycle")), [["order", "cart", "catalog", "inventory", "order"]]);
});

test("two ways to the same service are no cycle", (t) => {
  t.deepEqual(findCycles({ order: ["cart", "catalog"], cart: ["catalog"], catalog: [] }), []);
});

test("a service that calls itself is a cycle", (t) => {
  t.deepEqual(findCycles({ order: ["order"] }), [["order", "order"]]);
});
