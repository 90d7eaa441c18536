import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nodeProgram, root, stateFolder } from "./paths.ts";
import { loadSecrets } from "./secrets.ts";
import { runningLauncher, stateFile } from "./state.ts";
import { variableOf } from "./environment.ts";

const storyProgram = join(root, "e2e", "story.ts");

/** `npm run story`: tells the story of one order on the mesh that runs here. */
export async function main(args: readonly string[]): Promise<number> {
  const state = stateFile(stateFolder).read();
  if (!state || !runningLauncher(state)) {
    process.stderr.write("no mesh runs here: npm start first, in another terminal\n");
    return 1;
  }
  if (!existsSync(storyProgram)) throw new Error("e2e/story.ts is missing");
  const { meshKey, secretKey } = loadSecrets(stateFolder);
  const addresses = Object.entries(state.addresses ?? {}).map(([name, address]) => [
    variableOf(name, "ADDRESS"),
    address,
  ]);
  const child = spawn(nodeProgram, [storyProgram, ...args], {
    cwd: root,
    stdio: "inherit",
    env: {
      MESH_KEY: meshKey,
      SECRET_KEY: secretKey,
      ...process.env,
      ...Object.fromEntries(addresses),
      GATEWAY_URL: state.gatewayUrl,
      SANDBOX_URL: state.sandboxUrl,
    },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
