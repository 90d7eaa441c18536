import { parseArgs } from "node:util";
import { type Part, parts } from "../../bench/context.ts";
import { runBench } from "../../bench/run.ts";
import { describeReport } from "../../bench/table.ts";
import { requireServers } from "./infrastructure/start.ts";
import { parseTopology, topologies } from "./topology.ts";

/**
 * `npm run bench [-- --json] [--only hop,commit,event,holds,edge,checkout,pace] [--topology solo,compact,mesh] [--profile <folder>]
 * [--no-install]`:
 * what the mesh costs, beside the limits measured in the same run. Within half an hour.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      topology: { type: "string", default: topologies.join(",") },
      profile: { type: "string" },
      "no-install": { type: "boolean", default: false },
    },
  });
  const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  const options = {
    only: wordsOf(values.only).map(parsePart),
    topologies: wordsOf(values.topology).map(parseTopology),
    profileFolder: values.profile,
    say,
  };
  requireServers({ mayInstall: !values["no-install"], say });
  const report = await runBench(options);
  process.stdout.write(`${values.json ? JSON.stringify(report, undefined, 2) : describeReport(report)}\n`);
  return 0;
}

function wordsOf(text: string): readonly string[] {
  return text.split(",").filter((word) => word !== "");
}

function parsePart(name: string): Part {
  const found = parts.find((part) => part === name);
  if (found === undefined) throw new Error(`no part "${name}"; there are: ${parts.join(", ")}`);
  return found;
}
