import test from "ava";
import { drawPicture, motifs, seedData } from "../seed/index.ts";
import type { SeedProduct } from "../seed/index.ts";

const data = seedData();
const variants = data.products.flatMap((product) => product.variants);
const stock = data.products.flatMap((product) => product.stock);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function repeated(values: readonly string[]): readonly string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

function pieces(sku: string): number {
  return stock.filter((entry) => entry.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The names of the tags that are left open, or closed without having been opened; empty when all is well. */
function unbalancedTags(markup: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name = "", rest = ""] of markup.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (rest.endsWith("/")) continue;
    if (!slash) open.push(name);
    else if (open.pop() !== name) return [`/${name}`];
  }
  return open;
}

test("the shop opens with 200 products, 12 categories, 5 sellers and 3 locations", (t) => {
  t.deepEqual(
    [data.products.length, data.categories.length, data.sellers.length, data.locations.length],
    [200, 12, 5, 3],
  );
});

test("between 450 and 600 variants are for sale, at most six of a product", (t) => {
  t.true(variants.length >= 450 && variants.length <= 600, String(variants.length));
  t.true(data.products.every((product) => product.variants.length >= 1 && product.variants.length <= 6));
  t.true(data.products.filter((product) => product.variants.length > 1).length >= 100);
});

test("no id, slug, sku, barcode, title or e-mail address stands twice", (t) => {
  const ids = [
    data.categories,
    data.sellers,
    data.locations,
    data.products,
    data.promotions,
    data.accounts,
    variants,
  ].flatMap((rows) => rows.map(({ id }) => id));
  t.deepEqual(repeated(ids), []);
  t.true(ids.every((id) => uuid.test(id)));
  t.deepEqual(repeated(data.products.map(({ slug }) => slug)), []);
  t.deepEqual(repeated(data.products.map(({ title }) => title)), []);
  t.deepEqual(repeated(data.categories.map(({ slug }) => slug)), []);
  t.deepEqual(repeated(variants.map(({ sku }) => sku)), []);
  t.deepEqual(repeated(variants.flatMap(({ barcode }) => barcode ?? [])), []);
  t.deepEqual(repeated(data.accounts.map(({ email }) => email)), []);
});

test("every sku and slug is plain: capitals or small letters, digits and hyphens", (t) => {
  t.deepEqual(
    variants.map(({ sku }) => sku).filter((sku) => !/^[A-Z0-9]+(-[A-Z0-9]+)+$/.test(sku)),
    [],
  );
  t.deepEqual(
    data.products.map(({ slug }) => slug).filter((slug) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)),
    [],
  );
});

test("every variant costs and weighs something", (t) => {
  t.deepEqual(
    variants.filter(({ priceMinorUnits }) => priceMinorUnits <= 0n),
    [],
  );
  t.deepEqual(
    variants.filter(({ weightGrams }) => weightGrams <= 0 || !Number.isInteger(weightGrams)),
    [],
  );
});

test("every variant chooses one allowed value of each option, and every combination is there once", (t) => {
  for (const { slug, options, variants: own } of data.products) {
    for (const { optionValues } of own) {
      t.deepEqual(
        optionValues.map(({ name }) => name),
        options.map(({ name }) => name),
        slug,
      );
      t.true(
        optionValues.every(({ value }, index) => options[index]?.values.includes(value)),
        slug,
      );
    }
    t.is(
      own.length,
      options.reduce((product, { values }) => product * values.length, 1),
      slug,
    );
    t.deepEqual(repeated(own.map(({ optionValues }) => optionValues.map(({ value }) => value).join("/"))), [], slug);
  }
});

test("every sku is counted in the warehouses of its own seller", (t) => {
  for (const product of data.products) {
    const allowed = data.locations.filter(({ sellerIds }) => sellerIds.includes(product.sellerId)).map(({ id }) => id);
    for (const { sku } of product.variants) {
      const entries = product.stock.filter((entry) => entry.sku === sku);
      t.deepEqual(entries.map(({ locationId }) => locationId).toSorted(), allowed.toSorted(), sku);
      t.true(
        entries.every(({ quantity }) => Number.isInteger(quantity) && quantity >= 0),
        sku,
      );
    }
    t.true(product.stock.every((entry) => product.variants.some(({ sku }) => sku === entry.sku)));
  }
});

test("some products are sold out and some are down to one piece", (t) => {
  const left = variants.map(({ sku }) => pieces(sku));
  t.true(left.filter((count) => count === 0).length >= 5);
  t.true(left.filter((count) => count === 1).length >= 5);
  t.true(left.filter((count) => count > 1).length > left.length * 0.85);
});

test("every warehouse is shared by two sellers and every seller has goods and an account", (t) => {
  const sellerIds = data.sellers.map(({ id }) => id);
  t.true(data.locations.every((location) => location.sellerIds.length === 2));
  t.true(data.locations.every((location) => location.sellerIds.every((id) => sellerIds.includes(id))));
  for (const seller of data.sellers) {
    t.true(data.products.filter(({ sellerId }) => sellerId === seller.id).length >= 20, seller.slug);
    t.like(
      data.accounts.find(({ email }) => email === seller.accountEmail),
      { sellerId: seller.id },
    );
  }
});

test("every category has products, and a parent stands before its children", (t) => {
  const seen: string[] = [];
  for (const { id, slug, parentId } of data.categories) {
    t.true(
      data.products.some(({ categoryId }) => categoryId === id),
      slug,
    );
    t.true(parentId === undefined || seen.includes(parentId), slug);
    seen.push(id);
  }
  t.true(data.products.every(({ categoryId }) => seen.includes(categoryId)));
});

test("a customer, a seller, a support agent and an administrator can sign in", (t) => {
  const first = data.accounts.slice(0, 4).map(({ email, roles }) => [email.split("@")[0], roles.at(-1)]);
  t.deepEqual(first, [
    ["customer", "customer"],
    ["seller", "seller"],
    ["support", "support"],
    ["admin", "admin"],
  ]);
  t.true(data.accounts.every(({ email }) => email.endsWith("@shopmesh.example")));
  t.true(data.accounts.every(({ password }) => password.length >= 12));
});

test("every description is two to four sentences of its own", (t) => {
  const sentences = (text: string) => text.split(/[.!?](?:\s|$)/).filter((part) => part.trim() !== "").length;
  t.deepEqual(
    data.products
      .filter(({ description }) => sentences(description) < 2 || sentences(description) > 5)
      .map(({ slug }) => slug),
    [],
  );
  t.deepEqual(repeated(data.products.map(({ description }) => description)), []);
});

test("every barcode ends in its check digit", (t) => {
  const weighted = (barcode: string) =>
    [...barcode].reduce((sum, digit, index) => sum + Number(digit) * (index % 2 ? 3 : 1), 0);
  const barcodes = variants.flatMap(({ barcode }) => barcode ?? []);
  t.deepEqual(
    barcodes.filter((barcode) => !/^2\d{12}$/.test(barcode) || weighted(barcode) % 10 !== 0),
    [],
  );
});

const drawn = test.macro<[SeedProduct]>({
  exec: (t, product) => {
    for (const { optionValues } of [{ optionValues: [] }, ...product.variants]) {
      const picture = drawPicture(product, optionValues);
      t.deepEqual(unbalancedTags(picture), []);
      t.true(picture.startsWith("<svg ") && picture.endsWith("</svg>"));
      t.true(Buffer.byteLength(picture) < 6 * 1024, `${Buffer.byteLength(picture)} bytes`);
      t.notRegex(picture, /NaN|undefined|null|Infinity/);
      t.notRegex(picture, /<(script|image|use|foreignObject|style|text|a)\b|href|url\(|\son[a-z]+=/);
    }
  },
  title: (_, product) => `the picture of ${product.slug} is well-formed, small and refers to nothing`,
});
for (const product of data.products) test(drawn, product);

test("at least 25 kinds of shape are on show, and none is defined in vain", (t) => {
  const used = new Set(data.products.map(({ picture }) => picture.motif));
  t.true(used.size >= 25);
  t.deepEqual(
    Object.keys(motifs).filter((motif) => !used.has(motif)),
    [],
  );
});

test("variants that differ in a colour differ in their picture", (t) => {
  for (const product of data.products) {
    const { mainOption, accentOption } = product.picture;
    const worn = product.variants.map(({ optionValues }) =>
      optionValues
        .filter(({ name }) => name === mainOption || name === accentOption)
        .map(({ value }) => value)
        .join("/"),
    );
    const pictures = product.variants.map(({ optionValues }) => drawPicture(product, optionValues));
    t.is(new Set(pictures).size, new Set(worn).size, product.slug);
    const colours = product.options.filter(({ name }) => /^(Colour|Wood|Cover|Frame|Foot|Shade|Legs)$/.test(name));
    t.true(
      colours.every(({ name }) => name === mainOption || name === accentOption),
      product.slug,
    );
  }
});

test("a tag left open or closed twice is noticed by the check of this test", (t) => {
  t.deepEqual(unbalancedTags("<svg><g></svg>"), ["/svg"]);
  t.deepEqual(unbalancedTags("<svg><g>"), ["svg", "g"]);
  t.deepEqual(unbalancedTags('<svg><rect x="1"/></svg>'), []);
});

test("the same shop comes out every time", (t) => {
  const again = seedData();
  t.deepEqual(again, data);
  t.deepEqual(
    again.products.map((product) => drawPicture(product)),
    data.products.map((product) => drawPicture(product)),
  );
  // Other clones and other days too: written down when the seed was first made.
  t.is(data.products[0]?.id, "e3ac33af-aad2-5052-8b3c-365c1edaa46c");
});
