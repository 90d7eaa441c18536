import { openJson } from "./http.ts";
import type { Operation } from "./load.ts";
import type { BenchMesh } from "./world.ts";

/** The two reads of a shop's front, by JSON at the gateway. */
export type Edge = {
  readonly product: Operation;
  readonly list: Operation;
  close(): void;
};

export async function openEdge({ gatewayUrl }: BenchMesh): Promise<Edge> {
  const client = openJson(gatewayUrl);
  const list = () => client.post("/shop.catalog.v1.CatalogService/ListProducts", { pageSize: 24 });
  const { products } = (await list()) as { readonly products: readonly { readonly id: string }[] };
  return {
    product: (index) =>
      client.post("/shop.catalog.v1.CatalogService/GetProduct", { id: products[index % products.length]?.id }),
    list,
    close: () => client.close(),
  };
}
