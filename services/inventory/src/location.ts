import { DomainError } from "@shopmesh/kernel";

/** A postal address; what is not known is empty. */
export type Address = {
  readonly name: string;
  readonly line1: string;
  readonly line2: string;
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
  readonly countryCode: string;
  readonly phone: string;
};

/** A place where stock lies. */
export type Location = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly countryCode: string;
  /** Empty for the marketplace's own, which every seller may use. */
  readonly sellerId: string;
  /** Which is taken from first, ascending, among those equally near. */
  readonly priority: number;
  readonly address: Address;
};

/** Where goods shall go, as far as it decides from where they come. */
export type Destination = Pick<Address, "countryCode" | "region" | "postalCode">;

/** Whether goods of `sellerId` may lie there. */
export function mayUse(location: Location, sellerId: string): boolean {
  return location.sellerId === "" || location.sellerId === sellerId;
}

/** The address of a location in `countryCode`; without one its name and country are all that is known. Throws LOCATION_COUNTRY. */
export function addressIn(countryCode: string, name: string, address: Address | undefined): Address {
  if (address === undefined) {
    return { name, line1: "", line2: "", city: "", region: "", postalCode: "", countryCode, phone: "" };
  }
  if (address.countryCode === countryCode) return address;
  const metadata = { country_code: countryCode, address_country_code: address.countryCode };
  throw new DomainError("invalid", "LOCATION_COUNTRY", metadata);
}

// The member states of the European Union: goods pass between them without customs.
const customsUnion: ReadonlySet<string> = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" "),
);

/**
 * How near `address` is to `destination`; more is nearer. Another country is 0, one in the same customs union 1, the same
 * country 2 and more: for the same region, and within it for each leading character that the postal codes share.
 */
export function nearness(address: Address, destination: Destination | undefined): number {
  if (destination === undefined) return 0;
  const { countryCode } = destination;
  if (address.countryCode !== countryCode) {
    return customsUnion.has(address.countryCode) && customsUnion.has(countryCode) ? 1 : 0;
  }
  const isSameRegion = address.region !== "" && isSame(address.region, destination.region);
  return 2 + (isSameRegion ? 20 : 0) + sharedPrefix(address.postalCode, destination.postalCode);
}

function isSame(left: string, right: string): boolean {
  return left.trim().toUpperCase() === right.trim().toUpperCase();
}

function sharedPrefix(left: string, right: string): number {
  const [a, b] = [left, right].map((code) => code.replace(/[\s-]/g, "").toUpperCase());
  if (a === undefined || b === undefined) return 0;
  const end = [...a].findIndex((character, index) => b[index] !== character);
  return end === -1 ? a.length : end;
}
