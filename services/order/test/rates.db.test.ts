import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { address } from "./fixtures.ts";
import { type Deed, startShop } from "./shop.ts";

const [hamburg, wien] = ["01890000-0000-7000-8000-0000000000a1", "01890000-0000-7000-8000-0000000000a2"];

/** A lies in Hamburg, but for one piece; B where nobody knows the street. */
const located: Deed = () => ({
  lines: [
    { sku: "A", quantity: 1, locationId: wien },
    { sku: "A", quantity: 2, locationId: hamburg },
    { sku: "B", quantity: 1, locationId: "nowhere" },
  ],
  locations: [
    { id: hamburg, address: { ...address, city: "Hamburg" } },
    { id: wien, address: { ...address, city: "Wien" } },
    { id: "nowhere", address: { ...address, line1: "", city: "" } },
  ],
});

test("each seller's delivery is priced from where most of its goods would leave, all asked for at once", async (t) => {
  const { requests } = await startShop(t, { locateStock: located });
  t.is(requests("locateStock").length, 1);
  const [{ parcels = [] } = {}] = requests("quoteRates");
  t.deepEqual(
    parcels.map(({ from }) => from?.city),
    ["Hamburg", undefined],
  );
});

test("while nobody can say from where goods leave, deliveries are priced all the same", async (t) => {
  const { requests, quoteId } = await startShop(t, {
    locateStock: () => {
      throw new DomainError("unavailable", "UNAVAILABLE");
    },
  });
  const [{ parcels = [] } = {}] = requests("quoteRates");
  t.deepEqual(
    parcels.map(({ from }) => from),
    [undefined, undefined],
  );
  t.not(quoteId, "");
});
