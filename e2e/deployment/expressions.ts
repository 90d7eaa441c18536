import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "../../dev/src/paths.ts";

/** Something that asks Prometheus: a panel, an alert. */
export type Asking = { readonly where: string; readonly expression: string };

type Dashboard = {
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: { readonly query: string } }[];
  };
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
};
type Rules = {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
};

/** Every expression of the dashboards and alerts in deploy/, with "all" for their variables. */
export function readExpressions(): readonly Asking[] {
  return [...dashboardExpressions(), ...alertExpressions()];
}

/** The metrics that an expression names: rpc_server_duration_count, up. */
export function metricsIn(expression: string): readonly string[] {
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\b(?:by|ignoring|on)\s*\([^)]*\)/g, "");
  return [
    ...new Set(Array.from(bare.matchAll(/\b(up|[a-z]+_[a-z_]*[a-z])\b(?!\s*(?:\(|[=!]))/g), ([, name = ""]) => name)),
  ];
}

/** The patterns that an expression holds methods against, those that it leaves out not. */
export function methodPatternsIn(expression: string): readonly string[] {
  return Array.from(expression.matchAll(/\bmethod=~?"([^"]+)"/g), ([, pattern = ""]) => pattern);
}

function dashboardExpressions(): readonly Asking[] {
  const folder = join(root, "deploy", "grafana", "dashboards");
  return readdirSync(folder).flatMap((file) => {
    const { templating, panels } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Dashboard;
    const plain = (text: string) => templating.list.reduce((made, { name }) => made.replaceAll(`$${name}`, ".*"), text);
    const variables = templating.list.map(({ name, query }) => ({
      where: `${file}, $${name}`,
      expression: /^label_values\((.*), \w+\)$/.exec(query.query)?.[1] ?? query.query,
    }));
    return [
      ...variables,
      ...panels.flatMap(({ title, targets }) =>
        targets.map(({ expr }) => ({ where: `${file}, ${title}`, expression: plain(expr) })),
      ),
    ];
  });
}

function alertExpressions(): readonly Asking[] {
  const { groups } = parse(readFileSync(join(root, "deploy", "prometheus", "alerts.yml"), "utf8")) as Rules;
  return groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expression: expr })));
}
