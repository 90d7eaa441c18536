import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Modules } from "./services.ts";

const services = new URL("../services/", import.meta.url);

/** Services as they are written. */
export const sources: Modules = {
  async service(name) {
    if (name === "gateway") return import("@shopmesh/gateway");
    const folders = readdirSync(fileURLToPath(services));
    if (!folders.includes(name)) throw new Error(`there is no service "${name}"; there are: ${folders.join(", ")}`);
    return (await import(new URL(`${name}/src/service.ts`, services).href)) as object;
  },
};
