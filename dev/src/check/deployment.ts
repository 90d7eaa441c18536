import { requirePrograms } from "../infrastructure/programs.ts";
import { root } from "../paths.ts";
import { type Deployment, readDeployment } from "./deployment/deployment.ts";
import { checkFile } from "./deployment/file-rules.ts";
import type { DeploymentFinding } from "./deployment/finding.ts";
import { checkMemory } from "./deployment/memory-rules.ts";
import { checkMesh } from "./deployment/mesh-rules.ts";
import { checkNetworks } from "./deployment/network-rules.ts";
import { askPrograms } from "./deployment/programs.ts";

/** Every breach of the rules for docker-compose.yml and what is deployed with it. */
export function checkDeployment(deployment: Deployment): readonly DeploymentFinding[] {
  const own = checkFile(deployment);
  if (own.some(({ rule }) => rule === "schema")) return own;
  return [...own, ...checkMemory(deployment), ...checkNetworks(deployment), ...checkMesh(deployment)];
}

if (import.meta.main) {
  // A machine of one's own may lack the programs; where everything is to be checked, everything is.
  const isStrict = Boolean(process.env["CI"]);
  if (isStrict) requirePrograms({ needed: ["nginx", "promtool"], mayInstall: true, say: console.error });
  const findings = checkDeployment(await readDeployment(root));
  for (const { subject, rule, text } of findings) console.error(`${subject}: ${text} [${rule}]`);
  const verdicts = askPrograms(root);
  for (const { program, outcome, detail } of verdicts.filter((verdict) => verdict.outcome !== "ok"))
    console.error(`${program}: ${outcome === "missing" ? `skipped: ${detail}` : detail}`);
  const failed = verdicts.filter(({ outcome }) => outcome === "failed");
  console.error(`deployment: ${findings.length} rules broken, ${failed.length} of ${verdicts.length} programs refuse`);
  process.exitCode = findings.length + failed.length === 0 ? 0 : 1;
}
