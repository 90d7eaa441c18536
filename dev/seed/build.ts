import { categoryId } from "./categories.ts";
import { brightness, lighter, mix, paintOf } from "./colours.ts";
import { stableBarcode, stableId, stableNumber } from "./identity.ts";
import { locations, sellerId } from "./people.ts";
import type { OptionValueRow, ProductRow, ProductTable } from "./row.ts";
import type { PictureSpec, SeedAttribute, SeedOption, SeedProduct, SeedStock, SeedVariant } from "./types.ts";

type Choice = {
  readonly option: string;
  readonly name: string;
  readonly addsMinorUnits: bigint;
  readonly addsGrams: number;
};
type Priced = SeedVariant & { readonly key: string };

/** The products of one table, complete. */
export function buildProducts({ category, seller, rows }: ProductTable): readonly SeedProduct[] {
  return rows.map((row) => {
    const variants = variantsOf(row);
    refuseUnknownKeys(row, variants);
    const owner = sellerId(row.seller ?? seller);
    return {
      id: stableId("product", row.slug),
      slug: row.slug,
      title: row.title,
      description: row.text,
      brand: row.brand,
      categoryId: categoryId(category),
      sellerId: owner,
      attributes: attributesOf(row),
      options: optionsOf(row),
      variants: variants.map(({ key: _key, ...variant }) => variant),
      stock: variants.flatMap((variant) => stockOf(row, variant, owner)),
      picture: pictureOf(row),
    };
  });
}

function refuseUnknownKeys({ slug, left }: ProductRow, variants: readonly Priced[]): void {
  if (typeof left !== "object") return;
  const unknown = Object.keys(left).filter((key) => !variants.some((variant) => variant.key === key));
  if (unknown.length > 0) throw new Error(`seed product ${slug}: no variant is ${unknown.join(", ")}`);
}

function attributesOf(row: ProductRow): readonly SeedAttribute[] {
  return row.facts.split("; ").map((fact) => {
    const colon = fact.indexOf(": ");
    if (colon < 1) throw new Error(`seed product ${row.slug}: fact "${fact}" has no name`);
    return { name: fact.slice(0, colon), value: fact.slice(colon + 2) };
  });
}

function choice(option: string, value: OptionValueRow): Choice {
  if (typeof value === "string") return { option, name: value, addsMinorUnits: 0n, addsGrams: 0 };
  const [name, addsMinorUnits, addsGrams] = value;
  return { option, name, addsMinorUnits, addsGrams };
}

function optionsOf(row: ProductRow): readonly SeedOption[] {
  return Object.entries(row.options ?? {}).map(([name, values]) => ({
    name,
    values: values.map((value) => choice(name, value).name),
  }));
}

/** Every combination of the options' values; a product without options is one variant. */
function variantsOf(row: ProductRow): readonly Priced[] {
  const combinations = Object.entries(row.options ?? {}).reduce<readonly (readonly Choice[])[]>(
    (soFar, [option, values]) => soFar.flatMap((chosen) => values.map((value) => [...chosen, choice(option, value)])),
    [[]],
  );
  return combinations.map((chosen) => {
    const sku = [row.code, ...chosen.map(({ name }) => skuPart(name))].join("-");
    return {
      id: stableId("variant", sku),
      sku,
      optionValues: chosen.map(({ option, name }) => ({ name: option, value: name })),
      weightGrams: chosen.reduce((sum, { addsGrams }) => sum + addsGrams, row.grams),
      priceMinorUnits: chosen.reduce((sum, { addsMinorUnits }) => sum + addsMinorUnits, row.price),
      ...(row.handmade ? {} : { barcode: stableBarcode(sku) }),
      key: chosen.map(({ name }) => name).join(" / "),
    };
  });
}

/** "Smoked oak" → SMOA, "160 × 200 cm" → 160X200, "XL" → XL, "Oat" → OAT. */
function skuPart(value: string): string {
  const plain = value.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll("×", "x").toUpperCase();
  if (/\d/.test(plain)) return plain.replaceAll(/\b(CM|ML|MM|PIECES|SET OF|EU)\b|[^A-Z0-9]/g, "");
  const words = plain.split(/[^A-Z]+/).filter((word) => word !== "");
  return words.length > 1 ? words.map((word) => word.slice(0, 2)).join("") : plain.slice(0, 3);
}

/** Heavy and dear things are few. Where a seller has two warehouses, two thirds lie in the first. */
function stockOf(row: ProductRow, variant: Priced, owner: string): readonly SeedStock[] {
  const quantity = quantityOf(row, variant);
  const [first, second] = locations.filter(({ sellerIds }) => sellerIds.includes(owner)).toReversed();
  if (!first) throw new Error(`seed product ${row.slug}: its seller has no location`);
  if (!second) return [{ sku: variant.sku, locationId: first.id, quantity }];
  const away = Math.floor(quantity / 3);
  return [
    { sku: variant.sku, locationId: first.id, quantity: quantity - away },
    { sku: variant.sku, locationId: second.id, quantity: away },
  ];
}

function quantityOf(row: ProductRow, { sku, key, priceMinorUnits }: Priced): number {
  const said = typeof row.left === "object" ? row.left[key] : row.left;
  if (said !== undefined) return said;
  if (priceMinorUnits >= 300_00n) return stableNumber(sku, 2, 9);
  if (priceMinorUnits >= 80_00n) return stableNumber(sku, 5, 24);
  return stableNumber(sku, 14, 90);
}

function pictureOf(row: ProductRow): PictureSpec {
  const [motif, mainName, accentName, finish = "plain"] = row.picture;
  const coloured = optionsOf(row).filter(({ values }) => values.some((value) => paintOf(value)));
  const mainOption = mainName === "own" ? coloured[0] : coloured.find(({ values }) => values.includes(mainName));
  const accentOption = coloured.find((option) => option !== mainOption && option.values.includes(accentName));
  const main = mainName === "own" ? ownColour(row, mainOption) : paintOf(mainName);
  return {
    motif,
    main,
    accent: paintOf(accentName),
    background: backdrop(row.slug, main),
    ...(mainOption ? { mainOption: mainOption.name } : {}),
    ...(accentOption ? { accentOption: accentOption.name } : {}),
    finish,
  };
}

function ownColour({ slug }: ProductRow, option: SeedOption | undefined): string {
  for (const value of option?.values ?? []) {
    const colour = paintOf(value);
    if (colour) return colour;
  }
  throw new Error(`seed product ${slug}: no option is a colour, so "own" says nothing`);
}

const walls = ["#e4e9e1", "#f1e5da", "#e3e8ee", "#efe3e2", "#f3ecd9", "#e2ebea", "#e9e4ee"] as const;

/** A wall that the product stands out from: tinted by it, and darker behind what is almost white. */
function backdrop(slug: string, main: string): string {
  const wall = walls[stableNumber(slug, 0, walls.length - 1)] ?? walls[0];
  return brightness(main) > 0.86 ? mix(wall, "#8d8f90", 0.28) : lighter(mix(wall, main, 0.1), 0.1);
}
