// ARCHITECTURE.md, "Rules of import". Each rule has a bad fixture: dev/fixtures/imports/<name>/.
const reserved = "(?:service|handlers|consumers|effects|store|schema|migrations)(?:[.]ts$|/)";
const persistence = "(?:service|store|schema|migrations)(?:[.]ts$|/)";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "two modules that need each other are one module",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "service-imports-service",
      comment: "services speak through their contracts",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/[^/]+/", pathNot: "^services/$1/" },
    },
    {
      name: "service-imports-gateway",
      comment: "a service does not know its door",
      severity: "error",
      from: { path: "^services/" },
      to: { path: "^gateway/" },
    },
    {
      name: "gateway-imports-service",
      comment: "the gateway knows contracts, not services",
      severity: "error",
      from: { path: "^gateway/" },
      to: { path: "^services/" },
    },
    {
      name: "domain-imports-world",
      comment: "domain files import their siblings and kernel: no I/O, clock, proto or npm package",
      severity: "error",
      from: { path: `^services/([^/]+)/src/(?!${reserved})` },
      to: { pathNot: [`^services/$1/src/(?!${reserved})`, "^kernel/src/"] },
    },
    {
      name: "mesh-imports-service",
      comment: "mesh is everything that is not about shopping",
      severity: "error",
      from: { path: "^mesh/" },
      to: { path: "^(?:services|gateway|sandbox)/" },
    },
    {
      name: "kernel-imports-anything",
      comment: "kernel is pure and stands alone",
      severity: "error",
      from: { path: "^kernel/src/" },
      to: { pathNot: "^kernel/src/" },
    },
    {
      name: "sql-outside-store",
      comment: "typeorm and mysql2 belong in service, store, schema, migrations and mesh",
      severity: "error",
      from: { pathNot: [`^services/[^/]+/src/${persistence}`, "^mesh/", "^dev/", "^bench/", "(?:^|/)node_modules/"] },
      to: { path: "(?:^|/)node_modules/(?:typeorm|mysql2)/" },
    },
    {
      name: "typeorm-in-dev",
      comment: "dev and bench reach databases by plain SQL",
      severity: "error",
      from: { path: "^(?:dev|bench)/" },
      to: { path: "(?:^|/)node_modules/typeorm/" },
    },
    {
      name: "not-resolved",
      comment: "an import that leads nowhere hides from every other rule",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API; swc reads the syntax just as well.
    parser: "swc",
    doNotFollow: { path: "(?:^|/)node_modules/" },
    exclude: { path: "(?:^|/)(?:node_modules/.*/node_modules|fixtures)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["node", "import", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".cjs", ".json", ".d.ts"],
    },
  },
};
