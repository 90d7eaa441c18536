import { parseArgs } from "node:util";
import { orderRestart } from "./control.ts";
import { stateFolder } from "./paths.ts";
import { runningLauncher, stateFile } from "./state.ts";

/** `npm run restart [-- name… --force]`: restarts the processes of the running mesh one by one; every service goes on. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { force: { type: "boolean", default: false } },
  });
  const state = stateFile(stateFolder).read();
  if (!runningLauncher(state) || state?.control === undefined) {
    process.stderr.write("no mesh runs here: npm start -- --replicas 2 first, in another terminal\n");
    return 1;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  await orderRestart(state.control, { names: positionals, force: values.force }, say);
  return 0;
}
