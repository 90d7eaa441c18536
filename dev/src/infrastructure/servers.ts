import { probe } from "../probe.ts";
import type { Program } from "../supervisor.ts";
import type { Programs } from "./programs.ts";

type Place = { readonly folder: string; readonly port: number; readonly logFile: string };

/** The private NATS with JetStream, to be supervised. */
export function natsProgram(programs: Programs, { folder, port, logFile }: Place): Program {
  return {
    ...shared({ folder, port, logFile }),
    name: "nats",
    notReady: () => probe(port, { expect: /^INFO / }),
    command: [programs.nats, "-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder],
  };
}

/** The private Redis, to be supervised: a cache, so nothing is written to the disk. */
export function redisProgram(programs: Programs, { folder, port, logFile }: Place): Program {
  return {
    ...shared({ folder, port, logFile }),
    name: "redis",
    notReady: () => probe(port, { say: "PING\r\n", expect: /^\+PONG/ }),
    command: [
      programs.redis,
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      folder,
      "--save",
      "",
      "--appendonly",
      "no",
      "--maxmemory",
      "64mb",
      "--maxmemory-policy",
      "allkeys-lru",
      "--daemonize",
      "no",
    ],
  };
}

function shared({ folder, logFile }: Place): Pick<Program, "kind" | "cwd" | "env" | "logFile" | "stopGraceMs"> {
  return {
    kind: "infrastructure",
    cwd: folder,
    env: { PATH: process.env["PATH"] },
    logFile,
    stopGraceMs: 10_000,
  };
}
