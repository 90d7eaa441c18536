import { join } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import { checkCalls, loadCallers } from "./calls.ts";
import { checkContracts } from "./contract-rules.ts";
import type { Finding } from "./finding.ts";
import { buildContracts, rootFolder } from "./image.ts";

/** Every breach of the contract rules in the repository. */
export async function checkRepository(): Promise<readonly Finding[]> {
  const [files, callers] = await Promise.all([buildContracts(), loadCallers(join(rootFolder, "services"))]);
  const own = files.filter(({ proto }) => proto.package.startsWith("shop."));
  return [...checkContracts(own, knownCallers(own)), ...checkCalls(callers)];
}

/** The names that may stand among an access's callers: the services with a contract, the gateway, and the seed. */
export function knownCallers(files: readonly DescFile[]): ReadonlySet<string> {
  return new Set(["gateway", "seed", ...files.map(({ proto }) => proto.package.split(".")[1] ?? "")]);
}

if (import.meta.main) {
  const findings = await checkRepository();
  for (const { file, subject, rule, text } of findings) console.error(`${file}: ${subject}: ${text} [${rule}]`);
  console.error(findings.length === 0 ? "contract rules: kept" : `contract rules: ${findings.length} broken`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
