import { startMesh, type StartMeshOptions, type TestMesh } from "../../dev/src/testing.ts";
import { seedAccounts } from "../../dev/src/seeding.ts";
import { openOutside, type Outside } from "../outside.ts";
import { patientShop } from "../patience.ts";
import { openShelf, type Shelf } from "../shelf.ts";
import { openShop, type Shop, text } from "../shop.ts";

/** A running mesh with the seed's shop, and the ways into it. */
export type World = {
  readonly mesh: TestMesh;
  readonly shop: Shop;
  readonly outside: Outside;
  readonly shelf: Shelf;
  /** The administrator's session. */
  readonly admin: string;
};

/** Starts it. */
export async function openWorld(
  topology: TestMesh["topology"],
  environment: Readonly<Record<string, string>> = {},
  options: Pick<StartMeshOptions, "replicas" | "mtls"> = {},
): Promise<World> {
  return enterWorld(await startMesh({ topology, seed: true, environment, ...options }));
}

/** The ways into a mesh that has the seed's shop. */
export async function enterWorld(mesh: TestMesh): Promise<World> {
  const shop = patientShop(openShop(mesh.gatewayUrl));
  const accounts = await seedAccounts();
  const account = accounts.find(({ roles }) => roles.includes("admin"));
  if (account === undefined) throw new Error("the seed has no administrator");
  const { email, password } = account;
  const [session, shelf] = await Promise.all([
    shop.call("shop.auth.v1.AuthService/SignIn", { email, password }),
    openShelf(shop),
  ]);
  return { mesh, shop, outside: openOutside(mesh.sandboxUrl), shelf, admin: text(session, "sessionToken") };
}

/** An address for mails that no other story has. */
export function emailOf(name: string): string {
  return `${name}-${process.pid}@example.com`;
}
