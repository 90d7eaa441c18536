import { openJson } from "./http.ts";
import { type Cost, type Extent, measure } from "./load.ts";
import type { BenchMesh } from "./world.ts";

/** What the two reads of a shop's front cost at the gateway, over all processes and the databases. */
export async function measureEdge(
  { gatewayUrl, watched }: BenchMesh,
  extent: Extent,
): Promise<{ readonly product: Cost; readonly list: Cost }> {
  const client = openJson(gatewayUrl);
  try {
    const list = () => client.post("/shop.catalog.v1.CatalogService/ListProducts", { pageSize: 24 });
    const { products } = (await list()) as { readonly products: readonly { readonly id: string }[] };
    const product = (index: number) =>
      client.post("/shop.catalog.v1.CatalogService/GetProduct", { id: products[index % products.length]?.id });
    return { product: await measure(watched, product, extent), list: await measure(watched, list, extent) };
  } finally {
    client.close();
  }
}
