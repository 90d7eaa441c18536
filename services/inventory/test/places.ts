import type { Address, Location } from "../src/location.ts";

type Place = Partial<Pick<Address, "countryCode" | "region" | "postalCode"> & Pick<Location, "priority" | "sellerId">>;

/** A location of the marketplace. */
export function place(
  id: string,
  { countryCode = "DE", region = "", postalCode = "", ...given }: Place = {},
): Location {
  const address = { name: id, line1: "1 Dock Road", line2: "", city: id, region, postalCode, countryCode, phone: "" };
  return { id, code: id, name: id, countryCode, sellerId: "", priority: 0, address, ...given };
}
