import { create } from "@bufbuild/protobuf";
import { ProductPublishedSchema } from "@shopmesh/contracts/shop/catalog/v1/catalog_events_pb.ts";
import test, { type ExecutionContext } from "ava";
import { inventoryConsumers } from "../src/consumers.ts";
import { findSellers } from "../src/store/levels.ts";
import { newId, openInventory, sellerA, sellerB, stocked } from "./fixture.ts";

/** Inventory, what it logged for a person, and catalog's word whose a sku is. */
async function begin(t: ExecutionContext) {
  const inventory = await openInventory(t);
  const { sql, transaction } = inventory.database;
  const logged: unknown[] = [];
  const log = { error: (_message: string, fields?: object) => void logged.push(fields) };
  const [consumer] = inventoryConsumers({ clock: Date.now, newId }, log);
  const reaction = consumer?.kind === "shared" ? consumer.reactions[0] : undefined;
  return {
    inventory,
    logged,
    publish: (sku: string, sellerId: string) => {
      const event = create(ProductPublishedSchema, { skus: [sku], sellerId });
      return transaction(async (tx) => reaction?.react(event as never, undefined as never, tx));
    },
    sellerOf: async (sku: string) => (await findSellers(sql, [sku])).get(sku),
  };
}

test("a sku that another seller received first is given to the one whom catalog names, once there is none of it", async (t) => {
  const { inventory, publish, sellerOf, logged } = await begin(t);
  const locationId = await stocked(inventory, "BER", { LAMP: 3 }, { sellerId: sellerB });
  await publish("LAMP", sellerA);
  t.is(await sellerOf("LAMP"), sellerB);
  t.deepEqual(logged, [{ sku: "LAMP", seller_id: sellerA, known_id: sellerB }]);
  const adjustment = { requestId: "gone", sku: "LAMP", locationId, onHandChange: -3, note: "not theirs" };
  await inventory.admin.adjustStock(adjustment);
  await publish("LAMP", sellerA);
  t.is(await sellerOf("LAMP"), sellerA);
  t.is(logged.length, 1);
  const { levels } = await inventory.seller(sellerA).listStock({});
  t.deepEqual(
    levels.map(({ sku, sellerId }) => [sku, sellerId]),
    [["LAMP", sellerA]],
  );
});

test("whoever catalog names first keeps a sku, and hearing it again changes nothing", async (t) => {
  const { publish, sellerOf, logged } = await begin(t);
  await publish("LAMP", sellerA);
  await publish("LAMP", sellerA);
  t.is(await sellerOf("LAMP"), sellerA);
  t.deepEqual(logged, []);
});
