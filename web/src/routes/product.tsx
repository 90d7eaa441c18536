import { Button, Group, Loader, NativeSelect, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Product, Variant } from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { useAddToCart } from "../features/cart/use-cart.ts";
import { Money } from "../features/money/money.tsx";
import { Notice, ProblemNotice } from "../features/notice/problem-notice.tsx";
import { useAvailability } from "../features/product/use-availability.ts";
import { VariantPicker } from "../features/product/variant-picker.tsx";
import { useTitle } from "../app/use-title.ts";

const MOST_AT_ONCE = 10;
const FEW = 5;

/** A cart knows the id of a product, not the readable part of its address. */
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const route = getRouteApi("/products/$slug");

/** One product, with everything to choose. */
export function ProductPage() {
  const { slug } = route.useParams();
  const { data, error, refetch } = useQuery(CatalogService.method.getProduct, {
    product: { case: uuid.test(slug) ? "id" : "slug", value: slug },
  });
  useTitle(data?.product?.title);
  const product = data?.product;
  const [first] = product?.variants ?? [];
  const isKnown = product !== undefined && first !== undefined;
  return (
    <Stack gap="lg">
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {isKnown && <ProductDetails key={product.id} product={product} first={first} />}
      {!isKnown && error === null && <Loader aria-label="The product is being fetched" />}
    </Stack>
  );
}

function ProductDetails({ product, first }: { readonly product: Product; readonly first: Variant }) {
  const [chosen, setChosen] = useState(first);
  const [picture] = product.pictures;
  return (
    <div className="split split-even">
      <img
        className="picture"
        style={{ borderRadius: 18 }}
        src={picture?.url}
        alt={picture?.alternativeText ?? ""}
        width="800"
        height="800"
      />
      <Stack gap="lg">
        <div>
          <Text size="sm" c="dimmed">
            {[product.brand, `sold by ${product.sellerName}`].filter((part) => part !== "").join(" · ")}
          </Text>
          <Title>{product.title}</Title>
        </div>
        <Text fz="1.6rem" fw={700}>
          <Money value={chosen.price} />
          <Text component="span" size="sm" c="dimmed" fw={400}>
            {" "}
            with tax
          </Text>
        </Text>
        {product.options.length > 0 && <VariantPicker product={product} chosen={chosen} onChoose={setChosen} />}
        <Buy key={chosen.sku} skus={product.variants.map(({ sku }) => sku)} sku={chosen.sku} />
        <Text style={{ whiteSpace: "pre-line" }}>{product.description}</Text>
        {product.attributes.length > 0 && (
          <Table withRowBorders>
            <Table.Tbody>
              {product.attributes.map(({ name, value }) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" w="40%">
                    {name}
                  </Table.Th>
                  <Table.Td>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </div>
  );
}

function Buy({ skus, sku }: { readonly skus: readonly string[]; readonly sku: string }) {
  const [quantity, setQuantity] = useState(1);
  const add = useAddToCart();
  const stock = useAvailability(skus);
  const available = stock?.find((entry) => entry.sku === sku)?.available;
  const most = Math.max(1, Math.min(MOST_AT_ONCE, available ?? MOST_AT_ONCE));
  return (
    <Stack gap="sm">
      <Availability available={stock === undefined ? undefined : (available ?? 0)} />
      <Group gap="sm" align="stretch">
        <NativeSelect
          aria-label="Quantity"
          value={String(Math.min(quantity, most))}
          data={Array.from({ length: most }, (_, index) => String(index + 1))}
          onChange={(event) => setQuantity(Number(event.currentTarget.value))}
        />
        <Button
          size="md"
          style={{ flex: "1 1 12rem" }}
          loading={add.isPending}
          disabled={available === 0}
          onClick={() => add.mutate({ sku, quantity: Math.min(quantity, most) })}
        >
          Add to cart
        </Button>
      </Group>
      {add.isSuccess && (
        <Notice tone="good" title="In your cart">
          <Link to="/cart">Go to the cart</Link>
        </Notice>
      )}
      <ProblemNotice error={add.error} />
    </Stack>
  );
}

function Availability({ available }: { readonly available: number | undefined }) {
  if (available === undefined) return <Text size="sm">&nbsp;</Text>;
  if (available === 0) {
    return (
      <Text size="sm" fw={600} c="red.9">
        Sold out
      </Text>
    );
  }
  return (
    <Text size="sm" fw={600} c="forest.7">
      {available <= FEW ? `Only ${available} left` : "In stock"}
    </Text>
  );
}
