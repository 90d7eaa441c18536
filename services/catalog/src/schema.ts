import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type CategoryRow = {
  id: string;
  slug: string;
  name: string;
  parent_id: string;
  depth: number;
  position: number;
  create_ms: string;
};

export type ProductRow = {
  id: string;
  slug: string;
  title: string;
  description: string;
  brand: string;
  category_id: string;
  seller_id: string;
  seller_name: string;
  attributes: string;
  options: string;
  state: string;
  version: string;
  lowest_price: string;
  picture_url: string;
  publish_ms: string | null;
  create_ms: string;
};

export type VariantRow = {
  id: string;
  product_id: string;
  position: number;
  sku: string;
  option_values: string;
  price: string;
  currency_code: string;
  weight_grams: number;
};

export type PriceChangeRow = {
  id: string;
  sku: string;
  price: string;
  currency_code: string;
  actor_id: string;
  create_ms: string;
};

export type PictureRow = {
  upload_id: string;
  product_id: string;
  position: number;
  url: string;
  alternative_text: string;
};

export type UploadRow = {
  id: string;
  product_id: string;
  storage_key: string;
  size_bytes: string;
  create_ms: string;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const sku = { type: "varchar", length: 64, ...ascii } as const satisfies EntitySchemaColumnOptions;
const slug = { type: "varchar", length: 120, unique: true, ...ascii } as const;
const maybeId = { type: "varchar", length: 36, ...ascii } as const;
const currency = { type: "char", length: 3, ...ascii } as const;
const count = { type: "int" } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const long = { type: "mediumtext" } as const satisfies EntitySchemaColumnOptions;
const text = (length: number) => ({ type: "varchar", length }) as const;

export const CategoryTable = new EntitySchema<CategoryRow>({
  name: "category",
  columns: {
    id: { ...id, primary: true },
    slug,
    name: text(80),
    parent_id: maybeId,
    depth: count,
    position: count,
    create_ms: big,
  },
});

export const ProductTable = new EntitySchema<ProductRow>({
  name: "product",
  columns: {
    id: { ...id, primary: true },
    slug,
    title: text(200),
    description: { type: "text" },
    brand: text(100),
    category_id: id,
    seller_id: id,
    seller_name: text(120),
    attributes: long,
    options: long,
    state: { type: "varchar", length: 16, ...ascii },
    version: big,
    lowest_price: big,
    picture_url: text(600),
    publish_ms: { ...big, nullable: true },
    create_ms: big,
  },
});

export const VariantTable = new EntitySchema<VariantRow>({
  name: "variant",
  columns: {
    id: { ...id, primary: true },
    product_id: id,
    position: count,
    sku: { ...sku, unique: true },
    option_values: long,
    price: big,
    currency_code: currency,
    weight_grams: count,
  },
});

export const PriceChangeTable = new EntitySchema<PriceChangeRow>({
  name: "price_change",
  columns: {
    id: { ...id, primary: true },
    sku,
    price: big,
    currency_code: currency,
    actor_id: maybeId,
    create_ms: big,
  },
});

export const PictureTable = new EntitySchema<PictureRow>({
  name: "picture",
  columns: {
    upload_id: { ...id, primary: true },
    product_id: id,
    position: count,
    url: text(600),
    alternative_text: text(200),
  },
});

export const UploadTable = new EntitySchema<UploadRow>({
  name: "upload",
  columns: {
    id: { ...id, primary: true },
    product_id: id,
    storage_key: { type: "varchar", length: 512, ...ascii },
    size_bytes: big,
    create_ms: big,
  },
});
