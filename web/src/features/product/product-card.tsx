import { Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Product } from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";
import { cheaper } from "../money/format.ts";
import { Money } from "../money/money.tsx";

/** The first pictures on a page are wanted at once, the others when they come near. */
const EAGER_PICTURES = 8;

/** A product in a list. */
export function ProductCard({ product, index }: { readonly product: Product; readonly index: number }) {
  const prices = product.variants.flatMap(({ price }) => (price === undefined ? [] : [price]));
  const [first] = prices;
  const lowest = first === undefined ? undefined : prices.reduce(cheaper, first);
  const isRange = prices.some(({ minorUnits }) => minorUnits !== lowest?.minorUnits);
  const [picture] = product.pictures;
  return (
    <li>
      <article className="product">
        <img
          className="picture"
          src={picture?.url}
          alt=""
          width="400"
          height="400"
          loading={index < EAGER_PICTURES ? "eager" : "lazy"}
          decoding="async"
        />
        <Stack gap={4} p="sm" style={{ flex: 1 }}>
          <Text component="h3" className="product-title" fw={600} lh={1.3} m={0} lineClamp={2}>
            <Link to="/products/$slug" params={{ slug: product.slug }}>
              {product.title}
            </Link>
          </Text>
          <Text size="sm" c="dimmed" lineClamp={1}>
            {product.sellerName}
          </Text>
          <Text mt="auto" pt={4}>
            {isRange && (
              <Text component="span" size="sm" c="dimmed">
                from{" "}
              </Text>
            )}
            <Money value={lowest} fw={700} />
          </Text>
        </Stack>
      </article>
    </li>
  );
}
