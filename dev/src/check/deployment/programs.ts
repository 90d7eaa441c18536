import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { findProgram } from "../../paths.ts";
import { commandOf, parseCompose } from "./compose.ts";

/** What a program says of our configuration: undefined when all is well. */
export type Verdict = {
  readonly program: string;
  readonly outcome: "ok" | "failed" | "missing";
  readonly detail: string;
};

/** nginx -t and promtool on deploy/, as far as the programs are on this machine. */
export function askPrograms(root: string): readonly Verdict[] {
  const prometheus = join(root, "deploy", "prometheus");
  return [
    askNginx(root),
    ask("promtool", ["check", "config", join(prometheus, "prometheus.yml")]),
    ask("promtool", ["test", "rules", join(prometheus, "alerts.test.yml")]),
    ask("sh", ["-n", join(root, "deploy", "make-env.sh")]),
    ask("sh", ["-n", join(root, "deploy", "mariadb", "schemas.sh")]),
  ];
}

/** Where a test lets nginx listen and whom it asks. */
export type NginxPlace = {
  readonly folder: string;
  readonly httpPort: number;
  readonly http2Port: number;
  /** "127.0.0.1:8080" of each gateway. */
  readonly gateways: readonly string[];
};

/**
 * Lays the deployment's nginx configuration out in `folder`, with its own listen.conf and gateways.conf, and gives the
 * arguments that docker-compose.yml runs nginx with, as they are there. HTTP/2 has a port of its own: before 1.25.1 nginx
 * cannot tell the two apart.
 */
export function layNginx(root: string, { folder, httpPort, http2Port, gateways }: NginxPlace): readonly string[] {
  const configuration = join(folder, "conf");
  mkdirSync(configuration, { recursive: true });
  for (const file of ["nginx.conf", "shop.conf"])
    copyFileSync(join(root, "deploy", "nginx", file), join(configuration, file));
  const servers = gateways.map((gateway) => `server ${gateway} max_fails=2 fail_timeout=5s;`).join(" ");
  const upstreams = ["gateways", "gateways_grpc"].map(
    (name) => `upstream ${name} { least_conn; ${servers} keepalive 16; }\n`,
  );
  writeFileSync(join(configuration, "gateways.conf"), upstreams.join(""));
  writeFileSync(
    join(configuration, "listen.conf"),
    `listen 127.0.0.1:${httpPort};\nlisten 127.0.0.1:${http2Port} http2;\n`,
  );
  // As root its workers would be another user, who may not enter a private folder.
  const user = process.getuid?.() === 0 ? "user root; " : "";
  const [, ...words] = commandOf(
    parseCompose(readFileSync(join(root, "docker-compose.yml"), "utf8")).services["nginx"] ?? {},
  );
  return words.map((word, index) => {
    const option = words[index - 1];
    if (option === "-p") return `${folder}/`;
    if (option === "-c") return join(configuration, basename(word));
    return option === "-g" ? `${user}${word}` : word;
  });
}

function askNginx(root: string): Verdict {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-nginx-"));
  try {
    return ask("nginx", [
      "-t",
      ...layNginx(root, { folder, httpPort: 18_080, http2Port: 18_081, gateways: ["127.0.0.1:18082"] }),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ask(program: string, args: readonly string[]): Verdict {
  const path = findProgram([program]);
  const name = `${program} ${args.find((arg) => /^[a-z-]+$/.test(arg)) ?? ""}`.trim();
  if (path === undefined) return { program: name, outcome: "missing", detail: `${program} is not on this machine` };
  // Into a file: what Node calls a pipe is a socket, and nginx cannot open /dev/stdout there.
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-said-"));
  const said = join(folder, "said");
  const file = openSync(said, "w");
  try {
    const { status } = spawnSync(path, args, { stdio: ["ignore", file, file] });
    return { program: name, outcome: status === 0 ? "ok" : "failed", detail: readFileSync(said, "utf8").trim() };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
