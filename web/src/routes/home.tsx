import { Button, Center, Group, Loader, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CatalogService, ProductSort } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { useTitle } from "../app/use-title.ts";
import { CategoryFilter, useCategories } from "../features/product/category-filter.tsx";
import { ProductCard } from "../features/product/product-card.tsx";
import { Notice, ProblemNotice } from "../features/notice/problem-notice.tsx";
import { type Sort, sorts } from "./search.ts";

const PAGE_SIZE = 24;

const sortOf: Readonly<Record<Sort, ProductSort>> = {
  newest: ProductSort.NEWEST,
  cheapest: ProductSort.PRICE_ASCENDING,
  dearest: ProductSort.PRICE_DESCENDING,
  title: ProductSort.TITLE,
};

const sortLabels: Readonly<Record<Sort, string>> = {
  newest: "Newest first",
  cheapest: "Price, low to high",
  dearest: "Price, high to low",
  title: "Title, A to Z",
};

const route = getRouteApi("/");

/** The shop's window: everything, or one category. */
export function HomePage() {
  const { category, sort = "newest" } = route.useSearch();
  const navigate = useNavigate();
  const { categories, error, refetch } = useCategories();
  const chosen = categories?.find(({ slug }) => slug === category);
  useTitle(chosen?.name);
  return (
    <Stack gap="lg">
      {category === undefined && <Hero />}
      <CategoryFilter chosen={category} />
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      <Group justify="space-between" align="flex-end">
        <Title order={category === undefined ? 2 : 1}>{chosen?.name ?? "Everything"}</Title>
        <NativeSelect
          size="sm"
          aria-label="Order of the products"
          value={sort}
          data={sorts.map((value) => ({ value, label: sortLabels[value] }))}
          onChange={(event) => {
            const next = sorts.find((value) => value === event.currentTarget.value);
            void navigate({ to: "/", search: { category, sort: next }, replace: true });
          }}
        />
      </Group>
      {(category === undefined || chosen !== undefined) && <Products categoryId={chosen?.id ?? ""} sort={sort} />}
      {category !== undefined && categories === undefined && error === null && (
        <Loader aria-label="The categories are being fetched" />
      )}
      {category !== undefined && categories !== undefined && chosen === undefined && (
        <Notice tone="plain" title="No such category">
          Please choose one of those above.
        </Notice>
      )}
    </Stack>
  );
}

function Hero() {
  return (
    <section className="hero" aria-labelledby="welcome">
      <Title id="welcome" maw={560}>
        Good things, from people who make them.
      </Title>
      <Text mt="sm" maw={520} c="#dcebe4">
        Everything is priced with tax, sent by its maker, and can be followed from the shelf to your door.
      </Text>
    </section>
  );
}

function Products({ categoryId, sort }: { readonly categoryId: string; readonly sort: Sort }) {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery(
    CatalogService.method.listProducts,
    { pageSize: PAGE_SIZE, pageToken: "", categoryId, sort: sortOf[sort] },
    { pageParamKey: "pageToken", getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined },
  );
  if (isPending) {
    return (
      <Center mih={400}>
        <Loader aria-label="The products are being fetched" />
      </Center>
    );
  }
  const products = data?.pages.flatMap((page) => page.products) ?? [];
  return (
    <Stack gap="xl">
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {data !== undefined && products.length === 0 && !hasNextPage && <Text>There is nothing here yet.</Text>}
      <ul className="products">
        {products.map((product, index) => (
          <ProductCard key={product.id} product={product} index={index} />
        ))}
      </ul>
      {hasNextPage && (
        <Center>
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </Stack>
  );
}
