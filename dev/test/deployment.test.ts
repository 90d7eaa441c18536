import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse } from "yaml";
import { checkDeployment } from "../src/check/deployment.ts";
import { changed, type Compose, interpolated, variablesIn } from "../src/check/deployment/compose.ts";
import { composed, readDeployment } from "../src/check/deployment/deployment.ts";
import { jsonWords, parseCopy, parseDockerfile, readDockerignore } from "../src/check/deployment/dockerfile.ts";
import { deploymentRules } from "../src/check/deployment/finding.ts";
import { nodeFlags, root } from "../src/paths.ts";

const fixtures = join(root, "dev", "fixtures", "deployment");

test("the deployment keeps every rule", async (t) => {
  t.deepEqual(checkDeployment(await readDeployment(root)), []);
});

test("each bad change breaks its own rule and no other", async (t) => {
  const deployment = await readDeployment(root);
  for (const rule of deploymentRules) {
    const change: unknown = parse(readFileSync(join(fixtures, `${rule}.yml`), "utf8"));
    const bad = { ...deployment, ...composed(changed(deployment.compose, change), deployment.made) };
    const broken = checkDeployment(bad).map((finding) => finding.rule);
    t.deepEqual([...new Set(broken)], [rule], rule);
  }
});

test("every rule has its bad fixture", (t) => {
  t.deepEqual(readdirSync(fixtures).sort(), [...deploymentRules].map((rule) => `${rule}.yml`).sort());
});

test("a setting that only the process itself would refuse is refused here", async (t) => {
  const deployment = await readDeployment(root);
  const told = (name: string, environment: Readonly<Record<string, string | null>>) => {
    const compose = changed(deployment.compose, { services: { [name]: { environment } } });
    return checkDeployment({ ...deployment, ...composed(compose, deployment.made) }).map(
      ({ subject, text }) => `${subject}: ${text}`,
    );
  };
  t.regex(told("order", { MESH_KEY: "short" }).join(), /order: .*MESH_KEY must be 64 hexadecimal digits/);
  t.regex(told("order", { PLAINTEXT: null }).join(), /order: .*would listen without TLS/);
  t.regex(told("order", { ORDER_LISTEN: null }).join(), /order: .*ORDER_LISTEN is not set/);
  t.regex(told("cart", { CART_DATABASE_URL: null }).join(), /cart: CART_DATABASE_URL must be a URL/);
  t.regex(told("payment", { STRIPE_SECRET_KEY: null }).join(), /payment: .*STRIPE_SECRET_KEY is not set/);
  t.regex(told("catalog", { STORAGE_URL: "s3:shop" }).join(), /catalog: .*STORAGE_URL must name a bucket/);
});

test("the image starts a service's process as the launcher does", async (t) => {
  const { stages } = await readDeployment(root);
  const shop = stages.find(({ name }) => name === "shop");
  const entry = shop?.instructions.find(({ name }) => name === "ENTRYPOINT")?.text ?? "";
  t.deepEqual(jsonWords(entry), ["node", ...nodeFlags, "process/main.ts"]);
});

test("variables of a compose file are what Compose makes of them", (t) => {
  const variables = { A: "one", EMPTY: "" };
  const texts: Readonly<Record<string, string>> = {
    "${A}": "one",
    "${EMPTY:-two}": "two",
    "${B:-two}": "two",
    "${A:?must}": "one",
    x$$A: "x$A",
    "http://${A}:${B:-80}/": "http://one:80/",
  };
  for (const [text, expected] of Object.entries(texts)) t.is(interpolated(text, variables), expected);
  const compose: Compose = { services: { a: { image: "${A:?must}:${B:-1}" } } };
  t.deepEqual(variablesIn(compose), [
    { name: "A", isRequired: true },
    { name: "B", isRequired: false },
  ]);
});

test("a Dockerfile is read by stages, its arguments put in", (t) => {
  const stages = parseDockerfile(
    [
      "ARG IMAGE=node:24",
      "FROM ${IMAGE} AS base",
      "# why",
      "RUN a \\",
      "  && b",
      "FROM base",
      "COPY --from=base /x /y ./z",
    ].join("\n"),
  );
  t.deepEqual(stages, [
    { name: "base", base: "node:24", instructions: [{ name: "RUN", text: "a && b" }] },
    { name: "1", base: "base", instructions: [{ name: "COPY", text: "--from=base /x /y ./z" }] },
  ]);
  t.deepEqual(parseCopy("--from=base /x /y ./z"), { from: "base", sources: ["/x", "/y"], target: "./z" });
});

test("the last line of a .dockerignore that fits decides", (t) => {
  const isIgnored = readDockerignore("# no\n.env\n**/node_modules\ne2e/*\n!e2e/package.json\n**/test\nweb/.next-*\n");
  for (const path of [
    ".env",
    "node_modules/a/b.js",
    "mesh/node_modules/a.js",
    "e2e/x.ts",
    "mesh/test/a.ts",
    "web/.next-1/a",
  ])
    t.true(isIgnored(path), path);
  for (const path of ["e2e/package.json", "dev/src/test.ts", "environment.ts", "web/next.ts"])
    t.false(isIgnored(path), path);
});
