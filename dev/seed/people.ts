import { stableId } from "./identity.ts";
import type { SeedAccount, SeedLocation, SeedPromotion, SeedRole, SeedSeller } from "./types.ts";

/** A seller's name in the product tables. */
export type SellerSlug =
  | "kade-interiors"
  | "atelier-brume"
  | "maille-et-lin"
  | "nordweg-outfitters"
  | "papier-und-takt";

const sellerRows: readonly Omit<SeedSeller & { slug: SellerSlug }, "id" | "accountEmail">[] = [
  {
    slug: "kade-interiors",
    name: "Kade Interiors",
    description:
      "Furniture and lamps from small workshops along the Maas. Large pieces leave our warehouse in Rotterdam in one parcel wherever the carrier allows it.",
    country: "NL",
  },
  {
    slug: "atelier-brume",
    name: "Atelier Brume",
    description:
      "Tableware and cookware, glazed and fired near Lyon or chosen from makers that we visit. Seconds are sold as seconds, never mixed in.",
    country: "FR",
  },
  {
    slug: "maille-et-lin",
    name: "Maille & Lin",
    description:
      "Knitwear, linen and shoes cut in small runs. What sells out comes back the next season or not at all.",
    country: "FR",
  },
  {
    slug: "nordweg-outfitters",
    name: "Nordweg Outfitters",
    description: "Bags, tents and everything between the front door and the last hut. We repair what we sell.",
    country: "DE",
  },
  {
    slug: "papier-und-takt",
    name: "Papier & Takt",
    description: "A bookshop in Leipzig that could not stop: paper, games, headphones and what belongs on a desk.",
    country: "DE",
  },
];

/** The sellers. */
export const sellers: readonly SeedSeller[] = sellerRows.map((row) => ({
  ...row,
  id: sellerId(row.slug),
  accountEmail: accountEmail(row.slug),
}));

/** The id of the seller of that name. */
export function sellerId(slug: SellerSlug): string {
  return stableId("seller", slug);
}

/** The first seller's address is short, for it is the one to try. */
function accountEmail(slug: SellerSlug): string {
  return slug === "kade-interiors" ? "seller@shopmesh.example" : `${slug}@shopmesh.example`;
}

function location(
  place: Pick<SeedLocation, "code" | "name" | "country" | "address">,
  slugs: readonly SellerSlug[],
): SeedLocation {
  return { id: stableId("location", place.code), ...place, sellerIds: slugs.map(sellerId) };
}

/** The warehouses: each is shared by two sellers, and one seller keeps goods in two of them. */
export const locations: readonly SeedLocation[] = [
  location(
    {
      code: "RTM-1",
      name: "Rotterdam, Maashaven",
      country: "NL",
      address: { line1: "Maashaven Zuidzijde 2", postalCode: "3081 AE", city: "Rotterdam" },
    },
    ["kade-interiors", "nordweg-outfitters"],
  ),
  location(
    {
      code: "LYS-1",
      name: "Lyon, Saint-Priest",
      country: "FR",
      address: { line1: "12 rue du Dauphiné", postalCode: "69800", city: "Saint-Priest" },
    },
    ["atelier-brume", "maille-et-lin"],
  ),
  location(
    {
      code: "LEJ-1",
      name: "Leipzig, Plagwitz",
      country: "DE",
      address: { line1: "Weißenfelser Straße 65", postalCode: "04229", city: "Leipzig" },
    },
    ["papier-und-takt", "nordweg-outfitters"],
  ),
];

/** What works at the coupon field from the first day. */
export const promotions: readonly SeedPromotion[] = [
  {
    id: stableId("promotion", "WELCOME10"),
    code: "WELCOME10",
    name: "Welcome",
    description: "Ten per cent off everything in the cart, for guests too.",
    percentBasisPoints: 1000,
    minimumMinorUnits: 0n,
    platformShareBasisPoints: 5_000,
    perCustomerLimit: 0,
    totalLimit: 10_000,
  },
];

function account(
  email: string,
  password: string,
  name: string,
  roles: readonly SeedRole[],
  slug?: SellerSlug,
): SeedAccount {
  return {
    id: stableId("account", email),
    email,
    password,
    name,
    roles,
    ...(slug ? { sellerId: sellerId(slug) } : {}),
  };
}

/** One account of each kind, then those of the other sellers. */
export const accounts: readonly SeedAccount[] = [
  account("customer@shopmesh.example", "customer-demo-1", "Mira Vandeput", ["customer"]),
  account(accountEmail("kade-interiors"), "seller-demo-1", "Joost Kade", ["customer", "seller"], "kade-interiors"),
  account("support@shopmesh.example", "support-demo-1", "Amal Reinders", ["support"]),
  account("admin@shopmesh.example", "admin-demo-1", "Teodor Lindqvist", ["admin"]),
  account(accountEmail("atelier-brume"), "seller-demo-2", "Solène Brumeau", ["customer", "seller"], "atelier-brume"),
  account(accountEmail("maille-et-lin"), "seller-demo-3", "Étienne Marchetti", ["customer", "seller"], "maille-et-lin"),
  account(
    accountEmail("nordweg-outfitters"),
    "seller-demo-4",
    "Karla Nordweg",
    ["customer", "seller"],
    "nordweg-outfitters",
  ),
  account(accountEmail("papier-und-takt"), "seller-demo-5", "Henning Takt", ["customer", "seller"], "papier-und-takt"),
];
