import { join, relative } from "node:path";
import type { Mesh } from "./launcher.ts";
import { root } from "./paths.ts";
import { memoryBytesOf } from "./processes.ts";
import { readReadiness, type Readiness } from "./probe.ts";
import { describeState, type Supervised } from "./supervisor.ts";
import type { ProcessPlan } from "./topology.ts";

/** One line of the table: what runs, where, and whether it is ready. Memory and start are its process's. */
export type Row = {
  readonly part: string;
  readonly process: string;
  readonly address: string;
  readonly ready: boolean;
  readonly reason: string | undefined;
  readonly memoryBytes: number;
  readonly startMs: number | undefined;
};

/** What the mesh is now, as asked from each process and the system, not as planned. */
export async function readRows(mesh: Mesh): Promise<readonly Row[]> {
  const { infrastructure, addresses } = mesh;
  const places: Readonly<Record<string, string>> = {
    mariadb: new URL(infrastructure.databaseUrl).host,
    nats: infrastructure.natsUrl,
    redis: infrastructure.redisUrl,
    sandbox: `${mesh.sandboxUrl} · smtp://127.0.0.1:${addresses.smtp}`,
  };
  const own = infrastructure.servers.map((server) => rowOf(server, server.name, places[server.name] ?? ""));
  const started = infrastructure.servers.map(({ name }) => name);
  const foreign = Object.entries(places)
    .filter(([name]) => name !== "sandbox" && !started.includes(name))
    .map(
      ([name, address]): Row => ({
        part: name,
        process: "configured",
        address,
        ready: true,
        reason: undefined,
        memoryBytes: 0,
        startMs: undefined,
      }),
    );
  const sandbox = mesh.processes.get("sandbox");
  const services = await Promise.all(mesh.plans.map((plan) => rowsOfProcess(mesh, plan)));
  return [
    ...own,
    ...foreign,
    ...(sandbox ? [rowOf(sandbox, "sandbox", places["sandbox"] ?? "")] : []),
    ...services.flat(),
  ];
}

async function rowsOfProcess(mesh: Mesh, { name, services, instance }: ProcessPlan): Promise<readonly Row[]> {
  const running = mesh.processes.get(name);
  if (running === undefined) throw new Error(`no process ${name}`);
  const readiness = await readReadiness(mesh.addresses.operations[name] ?? 0);
  return services.map((service) => {
    const port = mesh.addresses.services[service]?.[instance - 1];
    const address = service === "gateway" ? (mesh.gatewayUrls[instance - 1] ?? "") : `127.0.0.1:${port}`;
    const row = rowOf(running, service, address);
    const problem = problemOf(readiness, service);
    if (row.ready && problem !== undefined) return { ...row, ready: false, reason: problem };
    return { ...row, reason: row.reason ?? readiness?.parts[service]?.degraded };
  });
}

function problemOf(readiness: Readiness | undefined, service: string): string | undefined {
  if (readiness === undefined) return "no answer at /readyz";
  const part = readiness.parts[service];
  return part === undefined || part.ready ? undefined : (part.reason ?? "not ready");
}

function rowOf(running: Supervised, part: string, address: string): Row {
  const state = running.current();
  return {
    part,
    process: running.name,
    address,
    ready: state.state === "ready",
    reason: state.state === "ready" ? undefined : describeState(state),
    memoryBytes: running.memoryBytes(),
    startMs: state.state === "ready" ? state.startMs : undefined,
  };
}

/** Memory of all processes of the table and of the launcher itself. */
export function totalMemoryBytes(rows: readonly Row[]): number {
  const byProcess = new Map(rows.map((row) => [row.process, row.memoryBytes]));
  return memoryBytesOf(process.pid) + [...byProcess.values()].reduce((total, bytes) => total + bytes, 0);
}

/** The table for a terminal. */
export function renderRows(rows: readonly Row[]): string {
  const cells = rows.map((row, index) => {
    const first = rows[index - 1]?.process !== row.process;
    return [
      row.part,
      first && row.process !== row.part ? row.process : "",
      row.address,
      row.ready ? "ready" : "FAILED",
      first && row.memoryBytes > 0 ? megabytes(row.memoryBytes) : "",
      first && row.startMs !== undefined ? seconds(row.startMs) : "",
      row.reason ?? "",
    ];
  });
  return alignColumns([["part", "process", "address", "state", "memory", "start", ""], ...cells], [4, 5]);
}

/** Lines of cells, each column as wide as its widest cell; the columns `right` are aligned to the right. */
export function alignColumns(lines: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/** Commands that show something of this mesh. */
export function whatToTry(mesh: Mesh): string {
  const [catalog] = mesh.addresses.services["catalog"] ?? [];
  const lines: readonly (readonly string[])[] = [
    ["an order, told step by step", "npm run story"],
    ["one that comes back, with its ledger", "npm run story -- returns"],
    ...(mesh.sandboxUrl ? [["the mails that were sent", mesh.sandboxUrl]] : []),
    [
      "an RPC at the gateway",
      `npx buf curl --http2-prior-knowledge -d '{"pageSize":3}' ${mesh.gatewayUrl}/shop.catalog.v1.CatalogService/ListProducts`,
    ],
    ...(catalog === undefined
      ? []
      : [
          [
            "… at the service itself",
            `npx buf curl --protocol grpc ${transportOf(mesh)}://127.0.0.1:${catalog}/shop.catalog.v1.CatalogService/ListProducts`,
          ],
        ]),
    ["a token for programs", "npm run token -- customer"],
    ["logs", "tail -f .shopmesh/logs/*.log"],
    ["what is wrong, if something is", "npm run doctor"],
  ];
  return alignColumns(lines.map(([what = "", how = ""]) => [`  ${what}`, how]));
}

/** What buf curl takes to reach a service's own port, up to the address. */
function transportOf({ certificates }: Mesh): string {
  const body = `-d '{"pageSize":3}'`;
  if (certificates === undefined) return `--http2-prior-knowledge ${body} http`;
  const file = (name: string): string => relative(root, join(certificates.folder, `${name}.pem`));
  return `--cacert ${file("ca")} --cert ${file("seed")} --key ${file("seed-key")} ${body} https`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
