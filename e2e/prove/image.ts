import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseDockerfile, readDockerignore } from "../../dev/src/check/deployment/dockerfile.ts";
import { type Built, replayStage } from "../../dev/src/check/deployment/replay.ts";
import { nodeProgram, root, stateFolder } from "../../dev/src/paths.ts";
import { startMesh, type TestMesh } from "../../dev/src/testing.ts";
import { list, openShop } from "../shop.ts";
import type { Claim, Proof, ProofSetting } from "./proof.ts";

const run = promisify(execFile);

/** Takes npm's registry and three minutes; nothing of the checkout's own node_modules is used but its Node. */
export const proof: Proof = {
  name: "image",
  title: "deploy/Dockerfile, replayed without an engine: what it builds runs the whole shop in production",
  async run(setting) {
    const folder = join(stateFolder, "image");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    try {
      const { shop, tools } = await build(folder, setting);
      return [...treeClaims(shop), ...(await runClaims(shop, tools, setting))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function build(folder: string, { say }: ProofSetting): Promise<{ readonly shop: Built; readonly tools: Built }> {
  const options = {
    stages: parseDockerfile(readFileSync(join(root, "deploy", "Dockerfile"), "utf8")),
    isIgnored: readDockerignore(readFileSync(join(root, ".dockerignore"), "utf8")),
    context: root,
    folder,
    env: process.env,
    say,
  };
  const done = new Map<string, Built>();
  return { shop: await replayStage("shop", options, done), tools: await replayStage("tools", options, done) };
}

function treeClaims({ folder }: Built): readonly Claim[] {
  const development = [
    "dev/src",
    "sandbox/src",
    "web/src",
    "e2e/story.ts",
    "node_modules/typescript",
    "node_modules/ava",
  ];
  const found = development.filter((path) => existsSync(join(folder, "app", path)));
  const pages = existsSync(join(folder, "app", "web", "dist", "index.html"));
  return [
    {
      claim: "the image holds nothing of development",
      measured: found.join(", ") || "nothing",
      holds: found.length === 0,
    },
    { claim: "the image holds the built pages", measured: pages ? "web/dist" : "no web/dist", holds: pages },
  ];
}

/** Every service of the image in one process, in production, on private databases; seeded by the tools' image. */
async function runClaims(shop: Built, tools: Built, { say }: ProofSetting): Promise<readonly Claim[]> {
  const mesh = await startMesh({
    topology: "solo",
    environment: { ...production(shop), RATE_LIMIT_FACTOR: "100" },
    commandOf: ({ services }) => [nodeProgram, join(shop.folder, "app", "process", "main.ts"), services.join(",")],
  });
  try {
    say("it is ready; the seed follows");
    const seeding = await run(nodeProgram, [join(tools.folder, "app", "dev", "src", "seed.ts")], {
      env: { ...mesh.env, ...production(tools) },
    });
    return [await readyClaim(mesh), await shopClaim(mesh, seeding.stderr), await pageClaim(mesh)];
  } finally {
    await mesh.stop();
  }
}

function production({ env: { PWD: _folder, OPS_PORT: _port, ...env } }: Built): Readonly<Record<string, string>> {
  return env;
}

async function readyClaim({ operations }: TestMesh): Promise<Claim> {
  const statuses = await Promise.all(
    Object.values(operations).map(async (port) => (await fetch(`http://127.0.0.1:${port}/readyz`)).status),
  );
  const holds = statuses.length > 0 && statuses.every((status) => status === 200);
  return { claim: "a process of the image answers /readyz", measured: statuses.join(", "), holds };
}

async function shopClaim({ gatewayUrl }: TestMesh, said: string): Promise<Claim> {
  const answer = await openShop(gatewayUrl).call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 24 });
  const count = list(answer, "products").length;
  return {
    claim: "the seed of the tools' image fills it",
    measured: `${count} of 24 products; ${said.trim()}`,
    holds: count === 24,
  };
}

async function pageClaim({ gatewayUrl }: TestMesh): Promise<Claim> {
  const response = await fetch(gatewayUrl, { headers: { accept: "text/html" } });
  const isPage = response.status === 200 && (await response.text()).includes("<script");
  return { claim: "its gateway shows the shop's page", measured: String(response.status), holds: isPage };
}
