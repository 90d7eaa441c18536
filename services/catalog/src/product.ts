import { DomainError, type Money } from "@shopmesh/kernel";

/** Whether a product is sold; `archived` is final. */
export type ProductState = "draft" | "published" | "archived";

export type Attribute = { readonly name: string; readonly value: string };

/** One thing to choose, its values in the order shown. */
export type Option = { readonly name: string; readonly values: readonly string[] };

/** One thing that can be bought. */
export type Variant = {
  readonly id: string;
  readonly sku: string;
  /** One value for each option, in the options' order. */
  readonly optionValues: readonly string[];
  /** Tax included. */
  readonly price: Money;
  readonly weightGrams: number;
};

export type Picture = {
  readonly uploadId: string;
  /** Relative to the gateway's address. */
  readonly url: string;
  readonly alternativeText: string;
};

/** One product of one seller, whole. */
export type Product = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly brand: string;
  readonly categoryId: string;
  readonly sellerId: string;
  readonly sellerName: string;
  readonly attributes: readonly Attribute[];
  readonly options: readonly Option[];
  readonly variants: readonly Variant[];
  /** The main one first. */
  readonly pictures: readonly Picture[];
  readonly state: ProductState;
  /** Counts the changes. */
  readonly version: bigint;
  /** When it was first published; undefined for what nobody but its seller has seen. */
  readonly publishMs: number | undefined;
  readonly createMs: number;
};

/** Pictures that one product may have. */
export const MAX_PICTURES = 20;

const next: Readonly<Record<ProductState, readonly ProductState[]>> = {
  draft: ["published", "archived"],
  published: ["archived"],
  archived: [],
};

/** The product published. Repeating is a no-op. Throws PRODUCT_STATE. */
export function published(product: Product, nowMs: number): Product {
  if (product.state === "published") return product;
  return { ...moved(product, "published"), publishMs: product.publishMs ?? nowMs };
}

/** The product archived. Repeating is a no-op. */
export function archived(product: Product): Product {
  return product.state === "archived" ? product : moved(product, "archived");
}

/**
 * The product with another price of `sku`; the same price is a no-op. `etag` is the one last read, empty for any.
 * Throws PRODUCT_STATE, PRODUCT_CHANGED, SKU_NOT_FOUND.
 */
export function repriced(product: Product, sku: string, price: Money, etag: string): Product {
  refuseArchived(product);
  if (etag !== "" && etag !== etagOf(product)) {
    throw new DomainError("aborted", "PRODUCT_CHANGED", { etag, current: etagOf(product) });
  }
  const variant = product.variants.find((candidate) => candidate.sku === sku);
  if (variant === undefined) {
    throw new DomainError("not-found", "SKU_NOT_FOUND", { product_id: product.id, sku });
  }
  if (isSamePrice(variant.price, price)) return product;
  const variants = product.variants.map((one) => (one.sku === sku ? { ...one, price } : one));
  return changed({ ...product, variants });
}

/** The product with one picture more, last; one that it has is a no-op. Throws PRODUCT_STATE, PICTURES_FULL. */
export function pictured(product: Product, picture: Picture): Product {
  refuseArchived(product);
  if (product.pictures.some(({ uploadId }) => uploadId === picture.uploadId)) return product;
  if (product.pictures.length >= MAX_PICTURES) {
    throw new DomainError("precondition", "PICTURES_FULL", { most: String(MAX_PICTURES) });
  }
  return changed({ ...product, pictures: [...product.pictures, picture] });
}

/** Whether everybody may see it: it is, or once was, published. */
export function isPublic({ publishMs }: Product): boolean {
  return publishMs !== undefined;
}

/** What is given back to guard against a lost update. */
export function etagOf({ version }: Product): string {
  return `v${version}`;
}

/** What its cheapest variant costs, in minor units. */
export function lowestPriceOf({ variants }: Pick<Product, "variants">): bigint {
  const prices = variants.map(({ price }) => price.minorUnits);
  return prices.reduce((lowest, price) => (price < lowest ? price : lowest), prices[0] ?? 0n);
}

/** The chosen options as one text: "Blue / M". */
export function optionTitleOf(optionValues: readonly string[]): string {
  return optionValues.join(" / ");
}

/**
 * Passes variants that can be told apart: each has one known value for each option, no two have the same values or sku,
 * all cost in `currencyCode`. Throws OPTION_VALUES_INVALID, SKU_TAKEN, CURRENCY_NOT_SUPPORTED.
 */
export function checkVariants(
  options: readonly Option[],
  variants: readonly Pick<Variant, "sku" | "optionValues" | "price">[],
  currencyCode: string,
): void {
  const skus = new Set<string>();
  const choices = new Set<string>();
  for (const { sku, optionValues, price } of variants) {
    checkCurrency(price, currencyCode);
    if (skus.has(sku)) throw new DomainError("exists", "SKU_TAKEN", { sku });
    const choice = JSON.stringify(optionValues);
    const fits =
      optionValues.length === options.length &&
      options.every(({ values }, index) => values.includes(optionValues[index] ?? ""));
    if (!fits || choices.has(choice)) {
      throw new DomainError("invalid", "OPTION_VALUES_INVALID", {
        sku,
        option_values: optionTitleOf(optionValues),
      });
    }
    skus.add(sku);
    choices.add(choice);
  }
}

/** Throws CURRENCY_NOT_SUPPORTED for a price in another currency than the shop's. */
export function checkCurrency(price: Money, currencyCode: string): void {
  if (price.currencyCode === currencyCode) return;
  throw new DomainError("invalid", "CURRENCY_NOT_SUPPORTED", {
    currency: price.currencyCode,
    supported: currencyCode,
  });
}

function moved(product: Product, state: ProductState): Product {
  if (!next[product.state].includes(state)) {
    throw new DomainError("precondition", "PRODUCT_STATE", { from: product.state, to: state });
  }
  return changed({ ...product, state });
}

function changed(product: Product): Product {
  return { ...product, version: product.version + 1n };
}

function refuseArchived(product: Product): void {
  if (product.state === "archived") {
    throw new DomainError("precondition", "PRODUCT_STATE", { state: product.state });
  }
}

function isSamePrice(left: Money, right: Money): boolean {
  return left.currencyCode === right.currencyCode && left.minorUnits === right.minorUnits;
}
