import type { ExecutionContext } from "ava";
import { openWorld, type World } from "../stories/world.ts";
import { launchChromium, openVisitor, type Visitor } from "./chromium.ts";
import { slugOf } from "./goods.ts";

/** A running shop and a browser in front of it. */
export type BrowserShop = {
  readonly world: World;
  /** What pages have complained of by themselves. */
  readonly complaints: readonly string[];
  /** Somebody who leaves when the test is over, live connection and all. */
  visit(t: ExecutionContext, width: number): Promise<Visitor>;
  /** The address of a product that can be bought and that no other test buys. */
  slugInStock(): Promise<string>;
  close(): Promise<void>;
};

/** Starts both. Throws where this machine has no Chromium. */
export async function openBrowserShop(): Promise<BrowserShop> {
  const browser = await launchChromium();
  const world = await openWorld("compact").catch(async (error: unknown) => {
    await browser.close();
    throw error;
  });
  const complaints: string[] = [];
  const baseUrl = world.mesh.gatewayUrl.replace("127.0.0.1", "localhost");
  return {
    world,
    complaints,
    async visit(t, width) {
      const visitor = await openVisitor(browser, { baseUrl, width, complaints });
      t.teardown(() => visitor.page.context().close());
      return visitor;
    },
    slugInStock: () => slugOf(world.shop, world.shelf.take(1)[0] ?? ""),
    async close() {
      await browser.close();
      await world.mesh.stop();
    },
  };
}
