import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.ts";

/** `npm run web [-- vite's arguments]`: the pages as they are edited, before a running shop (GATEWAY_URL, else port 8080). */
export async function main(args: readonly string[]): Promise<number> {
  const vite = spawn("vite", [...args], { cwd: join(root, "web"), stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => vite.kill(signal));
  return new Promise((resolve, reject) => {
    vite.once("error", reject);
    vite.once("exit", (code) => resolve(code ?? 0));
  });
}
