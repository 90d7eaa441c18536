import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { layNginx, type NginxPlace } from "../../dev/src/check/deployment/programs.ts";
import { findProgram, root } from "../../dev/src/paths.ts";

/** A program of a test, gone with it. */
export type Running = { readonly stop: () => Promise<void> };

const READY_MS = 30_000;
const LOOK_AGAIN_MS = 50;

/** A real nginx with the deployment's configuration, listening on loopback before it is given. */
export async function startNginx(place: NginxPlace): Promise<Running> {
  const running = start("nginx", layNginx(root, place), place.folder);
  await listening(place.http2Port, running);
  return running;
}

/** What the deployment's Prometheus asks, by the process that it is. */
export type PrometheusPlace = {
  readonly folder: string;
  readonly port: number;
  readonly operations: Readonly<Record<string, number>>;
};

type Job = { readonly job_name: string; readonly dns_sd_configs?: unknown };

/**
 * A real Prometheus with the deployment's configuration. Instead of asking Docker's names it is told the ports of this
 * mesh, each with the name that it would have been found by; and it does not wait 15 s.
 */
export async function startPrometheus({ folder, port, operations }: PrometheusPlace): Promise<Running> {
  const source = join(root, "deploy", "prometheus");
  const { scrape_configs: jobs, ...configuration } = parse(readFileSync(join(source, "prometheus.yml"), "utf8")) as {
    readonly scrape_configs: readonly Job[];
    readonly global: object;
    readonly rule_files: readonly string[];
  };
  const named = Object.entries(operations).map(([name, operationsPort]) => ({
    targets: [`127.0.0.1:${operationsPort}`],
    labels: { __meta_dns_name: name },
  }));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "prometheus.yml");
  writeFileSync(
    file,
    stringify({
      ...configuration,
      global: { ...configuration.global, scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: configuration.rule_files.map((rules) => join(source, rules)),
      scrape_configs: jobs
        .filter((job) => job.dns_sd_configs !== undefined)
        .map(({ dns_sd_configs: _names, ...job }) => ({ ...job, scrape_timeout: "1s", static_configs: named })),
    }),
  );
  const storage = `--storage.tsdb.path=${join(folder, "data")}`;
  const running = start(
    "prometheus",
    [`--config.file=${file}`, storage, `--web.listen-address=127.0.0.1:${port}`],
    folder,
  );
  await listening(port, running);
  return running;
}

type Started = Running & { readonly child: ChildProcess; readonly said: string };

function start(program: string, args: readonly string[], folder: string): Started {
  const path = findProgram([program]);
  if (path === undefined) throw new Error(`${program} is not on this machine; npm test installs it as root on Debian`);
  // A file: what Node calls a pipe is a socket, and nginx cannot open /dev/stdout there.
  const said = join(folder, `${program}.log`);
  const log = openSync(said, "w");
  const child = spawn(path, args, { cwd: folder, stdio: ["ignore", log, log] });
  closeSync(log);
  return {
    child,
    said,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function listening(port: number, { child, said }: Started): Promise<void> {
  const giveUpMs = Date.now() + READY_MS;
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || Date.now() > giveUpMs)
      throw new Error(`it does not listen: ${readFileSync(said, "utf8")}`);
    await delay(LOOK_AGAIN_MS);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
