import { seedAccounts } from "../dev/src/seeding.ts";
import { type JsonClient, openJson } from "./http.ts";

type Level = { readonly sku: string; readonly sellerId: string; readonly locationId: string };

const ADMIN = "/shop.inventory.v1.InventoryAdminService";
const PAGE_SIZE = 500;
const LINES_AT_ONCE = 100;
/** Of each thing at each of its places: nobody finds an empty shelf. */
const PIECES = 10_000;

/** Receives plenty of everything that the shop at `gatewayUrl` sells. */
export async function fillShelves(gatewayUrl: string): Promise<void> {
  const client = openJson(gatewayUrl);
  try {
    const token = await signInAdmin(client);
    const places = Map.groupBy(
      await readLevels(client, token),
      ({ sellerId, locationId }) => `${sellerId} ${locationId}`,
    );
    for (const [place, levels] of places) {
      const [sellerId, locationId] = place.split(" ");
      for (let start = 0; start < levels.length; start += LINES_AT_ONCE) {
        const lines = levels.slice(start, start + LINES_AT_ONCE).map(({ sku }) => ({ sku, quantity: PIECES }));
        const requestId = `bench-${Date.now()}-${place}-${start}`.replaceAll(" ", "-");
        const request = { requestId, sellerId, locationId, lines, reference: "bench" };
        await client.post(`${ADMIN}/ReceiveStock`, request, token);
      }
    }
  } finally {
    client.close();
  }
}

async function signInAdmin(client: JsonClient): Promise<string> {
  const admin = (await seedAccounts()).find(({ roles }) => roles.includes("admin"));
  if (admin === undefined) throw new Error("the seed has no administrator");
  const { email, password } = admin;
  const session = await client.post("/shop.auth.v1.AuthService/SignIn", { email, password });
  return (session as { readonly sessionToken: string }).sessionToken;
}

async function readLevels(client: JsonClient, token: string): Promise<readonly Level[]> {
  const found: Level[] = [];
  for (let pageToken = ""; ; ) {
    const page = await client.post(`${ADMIN}/ListStock`, { pageSize: PAGE_SIZE, pageToken }, token);
    const { levels = [], nextPageToken = "" } = page as { levels?: readonly Level[]; nextPageToken?: string };
    found.push(...levels);
    pageToken = nextPageToken;
    if (pageToken === "") return found;
  }
}
