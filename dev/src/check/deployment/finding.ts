/** The rules, each with a bad change of docker-compose.yml in dev/fixtures/deployment/<rule>.yml. */
export const deploymentRules = [
  "address-not-kept",
  "command-missing",
  "file-missing",
  "grace-too-short",
  "image-not-pinned",
  "limits-missing",
  "pools-too-big",
  "port-taken",
  "prefix-read-only",
  "reference",
  "schema",
  "schemas-differ",
  "scrape-missing",
  "secret-not-made",
  "service-missing",
  "tmpfs-too-big",
  "variable-unknown",
  "variable-wrong",
] as const;

/** One of the rules. */
export type DeploymentRule = (typeof deploymentRules)[number];

/** One place where a rule is broken. */
export type DeploymentFinding = {
  readonly rule: DeploymentRule;
  /** The service of the file, or the file. */
  readonly subject: string;
  /** What is wrong and what is expected. */
  readonly text: string;
};
