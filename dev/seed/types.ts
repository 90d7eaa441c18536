/** Two-letter country code, upper case (ISO 3166-1). */
export type CountryCode = "DE" | "DK" | "FR" | "NL";

export type SeedCategory = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** The category above; absent at the top. */
  readonly parentId?: string;
};

export type SeedSeller = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly country: CountryCode;
  readonly accountEmail: string;
};

export type SeedLocation = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly country: CountryCode;
  readonly address: { readonly line1: string; readonly postalCode: string; readonly city: string };
  /** The sellers that keep goods here. */
  readonly sellerIds: readonly string[];
};

export type SeedAttribute = { readonly name: string; readonly value: string };

export type SeedOption = { readonly name: string; readonly values: readonly string[] };

export type SeedVariant = {
  readonly id: string;
  readonly sku: string;
  /** One value per option of the product, in the order of its options. */
  readonly optionValues: readonly SeedAttribute[];
  readonly weightGrams: number;
  /** What the buyer pays in EUR cents, tax included. */
  readonly priceMinorUnits: bigint;
  /** An EAN-13 of the range kept for use inside a shop; absent on handmade goods. */
  readonly barcode?: string;
};

export type SeedStock = {
  readonly sku: string;
  readonly locationId: string;
  readonly quantity: number;
};

/** How a motif's surface is decorated. */
export type Finish = "plain" | "stripe" | "speckle" | "band" | "check";

/** What the seed draws of a product: a shape, its colours and its decoration. Colours are `#rrggbb`. */
export type PictureSpec = {
  readonly motif: string;
  readonly main: string;
  readonly accent: string;
  readonly background: string;
  /** The option whose value paints the main part of a variant. */
  readonly mainOption?: string;
  /** The option whose value paints the second part of a variant. */
  readonly accentOption?: string;
  readonly finish: Finish;
};

export type SeedProduct = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  readonly categoryId: string;
  readonly sellerId: string;
  readonly attributes: readonly SeedAttribute[];
  readonly options: readonly SeedOption[];
  readonly variants: readonly SeedVariant[];
  readonly stock: readonly SeedStock[];
  readonly picture: PictureSpec;
};

export type SeedPromotion = {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly description: string;
  /** 1000 is ten per cent. */
  readonly percentBasisPoints: number;
  /** What the cart must be worth in EUR cents; 0 when anything will do. */
  readonly minimumMinorUnits: bigint;
  /** What of it the marketplace bears; the seller bears the rest. 10000 is all of it. */
  readonly platformShareBasisPoints: number;
  /** How often one customer may redeem it; 0 for any number, which opens it to guests. */
  readonly perCustomerLimit: number;
  /** How often it may be redeemed at all. */
  readonly totalLimit: number;
};

export type SeedRole = "customer" | "seller" | "support" | "admin";

export type SeedAccount = {
  readonly id: string;
  readonly email: string;
  /** For demonstration only: printed by the launcher. */
  readonly password: string;
  readonly name: string;
  readonly roles: readonly SeedRole[];
  /** The seller that this account runs. */
  readonly sellerId?: string;
};

/** Everything that a new shop holds. */
export type SeedData = {
  readonly categories: readonly SeedCategory[];
  readonly sellers: readonly SeedSeller[];
  readonly locations: readonly SeedLocation[];
  readonly products: readonly SeedProduct[];
  readonly promotions: readonly SeedPromotion[];
  readonly accounts: readonly SeedAccount[];
};
