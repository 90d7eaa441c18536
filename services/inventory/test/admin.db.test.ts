import { create } from "@bufbuild/protobuf";
import { WatchAvailabilityRequestSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { Call, Live } from "@shopmesh/mesh";
import test from "ava";
import { availabilityHandlers } from "../src/handlers/availability.ts";
import { minutes, newId, openInventory, sellerA, sellerB, stocked } from "./fixture.ts";

test("the first goods of a sku make its seller; another's are refused", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 1 });
  const receive = (sellerId: string, sku: string) =>
    inventory.seller(sellerId).receiveStock({
      requestId: newId(),
      locationId,
      lines: [{ sku, quantity: 2 }],
    });
  t.like(await receive(sellerA, "A"), { levels: [{ onHand: 3, sellerId: sellerA }] });
  t.like(await t.throwsAsync(receive(sellerB, "A")), { reason: "SKU_OF_OTHER_SELLER" });
  t.like(await receive(sellerB, "B"), { levels: [{ onHand: 2, sellerId: sellerB }] });
});

test("an administrator names the seller of a new sku", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 1 });
  const receive = (sku: string) =>
    inventory.admin.receiveStock({
      requestId: newId(),
      locationId,
      lines: [{ sku, quantity: 2 }],
    });
  t.like(await receive("A"), { levels: [{ onHand: 3, sellerId: sellerA }] });
  t.like(await t.throwsAsync(receive("B")), { reason: "SELLER_REQUIRED" });
});

test("goods lie at the seller's own locations and the marketplace's, not at another's", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 1 });
  const place = { requestId: "1", code: "LYO-1", name: "Lyon", countryCode: "FR" };
  const { location } = await inventory.seller(sellerB).createLocation(place);
  t.is(location?.sellerId, sellerB);
  const receive = (locationId: string) =>
    inventory.seller(sellerA).receiveStock({
      requestId: newId(),
      locationId,
      lines: [{ sku: "A", quantity: 2 }],
    });
  t.like(await t.throwsAsync(receive(location?.id ?? "")), { reason: "LOCATION_NOT_FOUND" });
  t.like(await t.throwsAsync(receive(newId())), { reason: "LOCATION_NOT_FOUND" });
  const codes = async (sellerId: string) =>
    (await inventory.seller(sellerId).listLocations({})).locations.map(({ code }) => code);
  t.deepEqual(await codes(sellerA), ["BER-1"]);
  t.deepEqual(await codes(sellerB), ["BER-1", "LYO-1"]);
  const again = inventory.admin.createLocation({ ...place, requestId: "2" });
  t.like(await t.throwsAsync(again), { kind: "exists", reason: "LOCATION_CODE_TAKEN" });
});

test("a count never falls below what is held and allocated, nor touches another seller's goods", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5 });
  const lines = [{ sku: "A", quantity: 3 }];
  await inventory.order.holdStock({ requestId: "1", holdId: newId(), lines, ttl: minutes(10) });
  const adjust = (sellerId: string, onHandChange: number) =>
    inventory.seller(sellerId).adjustStock({
      requestId: newId(),
      locationId,
      sku: "A",
      onHandChange,
      note: "counted",
    });
  t.like(await t.throwsAsync(adjust(sellerA, -3)), {
    reason: "STOCK_COMMITTED",
    metadata: { committed: "3" },
  });
  t.like(await t.throwsAsync(adjust(sellerB, 1)), { reason: "STOCK_NOT_FOUND" });
  t.like(await adjust(sellerA, -2), { level: { onHand: 3, held: 3, available: 0 } });
  const { movements } = await inventory.seller(sellerA).listMovements({ sku: "A" });
  t.like(movements[0], { onHandChange: -2, note: "counted" });
  t.deepEqual((await inventory.seller(sellerB).listMovements({})).movements, []);
});

test("pages of stock and movements neither repeat nor leave out", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 1, B: 2, C: 3 });
  await stocked(inventory, "LYO-1", { A: 4, C: 5 });
  const seen: string[] = [];
  const ids = new Set<string>();
  for (let pageToken = ""; ; ) {
    const page = await inventory.admin.listStock({ pageSize: 2, pageToken });
    seen.push(...page.levels.map(({ sku, onHand }) => `${sku}${onHand}`));
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  for (let pageToken = ""; ; ) {
    const page = await inventory.admin.listMovements({ pageSize: 2, pageToken });
    for (const { id } of page.movements) ids.add(id);
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  t.deepEqual(seen.toSorted(), ["A1", "A4", "B2", "C3", "C5"]);
  t.is(ids.size, 5);
  const broken = inventory.admin.listStock({ pageToken: "no token" });
  t.like(await t.throwsAsync(broken), { kind: "invalid", reason: "PAGE_TOKEN_INVALID" });
});

test("the audit lists every counter that differs from the sum of its movements", async (t) => {
  const inventory = await openInventory(t);
  const locationId = await stocked(inventory, "BER-1", { A: 5, B: 5 });
  t.like(await inventory.admin.auditStock({}), { differences: [], comparedCount: 2 });
  await inventory.database.sql.execute("UPDATE stock_level SET on_hand = 7, held = 1 WHERE sku = 'A'");
  t.like(await inventory.admin.auditStock({}), {
    differences: [
      { sku: "A", locationId, counter: "on_hand", counted: 7, moved: 5 },
      { sku: "A", locationId, counter: "held", counted: 1, moved: 0 },
    ],
  });
});

test("CHECK constraints keep every counter at zero or above", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5 });
  for (const change of ["on_hand = -1", "held = -1", "allocated = -1", "allocated = 6"]) {
    await t.throwsAsync(inventory.database.sql.execute(`UPDATE stock_level SET ${change}`), {
      message: /CONSTRAINT/,
    });
  }
});

test("a watcher gets each sku at once, then news alone, and resumes by its cursor", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5, B: 1, C: 1 });
  const take = async (count: number, cursor: string, meanwhile?: () => Promise<unknown>) => {
    const leave = new AbortController();
    const messages = [];
    const stream = inventory.everybody(leave.signal);
    for await (const message of stream.watchAvailability({ skus: ["B", "A", "B"], cursor })) {
      messages.push(message);
      if (messages.length === 2) await meanwhile?.();
      if (messages.length === count) leave.abort();
    }
    return messages.map(({ availability, cursor: at }) => ({
      said: `${availability?.sku}${availability?.available}`,
      at,
    }));
  };
  const buy = (sku: string) => {
    const lines = [{ sku, quantity: 1 }];
    return inventory.order.holdStock({ requestId: sku, holdId: newId(), lines, ttl: minutes(10) });
  };
  const first = await take(3, "", () => Promise.all([buy("A"), buy("C")]));
  t.deepEqual(
    first.map(({ said }) => said),
    ["A5", "B1", "A4"],
  );
  t.is(first[0]?.at, "", "whoever leaves here has not seen all");
  await buy("B");
  const all = await take(2, first[0]?.at ?? "");
  t.deepEqual(
    all.map(({ said }) => said),
    ["A4", "B0"],
  );
});

test("a watcher who comes back with the last cursor has missed nothing", async (t) => {
  const inventory = await openInventory(t);
  await stocked(inventory, "BER-1", { A: 5, B: 1 });
  const live: Live = {
    async *follow(_call, _topic, { cursor, read }) {
      yield* (await read(cursor)).messages;
    },
  };
  const { watchAvailability } = availabilityHandlers({ clock: () => 0, live });
  const watch = async (cursor: string) => {
    const request = create(WatchAvailabilityRequestSchema, { skus: ["A", "B"], cursor });
    const call = { sql: inventory.database.sql } as Partial<Call> as Call;
    const messages = [];
    for await (const message of watchAvailability(request, call)) messages.push(message);
    return messages;
  };
  const first = await watch("");
  t.is(first.length, 2);
  t.deepEqual(await watch(first[1]?.cursor ?? ""), []);
});
