import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExecutionContext } from "ava";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Json } from "../shop.ts";
import { findPrograms, missingMessage } from "../../dev/src/infrastructure/programs.ts";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const STEP_MS = 30_000;

/** Somebody at the shop's address, with a browser of their own. */
export type Visitor = {
  readonly page: Page;
  /** What the shop answers to a press on the button that pays. */
  readonly place: () => Promise<Json>;
  /** Fails the test where the page is not for everybody, or does not fit its width; keeps a picture where one is wanted. */
  readonly inspect: (t: ExecutionContext, name: string) => Promise<void>;
};

/** The machine's own Chromium, or the one that CHROMIUM names. Throws where there is none, and says how to get it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] || findPrograms().chromium;
  if (executablePath === undefined) throw new Error(missingMessage(["chromium"], true));
  return chromium.launch({ executablePath, args: flags });
}

/** A new visitor of `width` pixels. What the page itself complains of is noted in `complaints`. */
export async function openVisitor(
  browser: Browser,
  { baseUrl, width, complaints }: { readonly baseUrl: string; readonly width: number; readonly complaints: string[] },
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: baseUrl, viewport: { width, height: 860 }, locale: "en-IE" });
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  return {
    page,
    async place() {
      // Read on its way: once the page has left for the bank, the browser no longer knows what was answered.
      const answered = Promise.withResolvers<Json>();
      await page.route("**/PlaceOrder", async (route) => {
        const response = await route.fetch();
        answered.resolve((await response.json()) as Json);
        await route.fulfill({ response });
      });
      await page.getByRole("button", { name: /^Pay / }).click();
      const answer = await answered.promise;
      await page.unroute("**/PlaceOrder");
      return answer;
    },
    async inspect(t, name) {
      await keepPicture(page, `${name}-${page.viewportSize()?.width ?? width}`);
      t.deepEqual(await violations(page), [], `${name} is for everybody`);
      t.true(await page.evaluate<boolean>("document.documentElement.scrollWidth <= window.innerWidth"), `${name} fits`);
    },
  };
}

/** What axe finds that is serious or worse. */
async function violations(page: Page): Promise<readonly string[]> {
  const source = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  await page.evaluate(`${source};0`);
  return page.evaluate<readonly string[]>(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target.join(" ")).join(", ")))`);
}

/** A picture of the whole page in the folder that BROWSER_PICTURES names, if it names one. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env["BROWSER_PICTURES"];
  if (folder === undefined || folder === "") return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: "disabled" });
}
