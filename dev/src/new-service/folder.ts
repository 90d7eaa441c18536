import type { Names } from "./names.ts";

/** What every service of this kind needs, by the name of the package. */
export const dependencyNames = [
  "@bufbuild/protobuf",
  "@shopmesh/contracts",
  "@shopmesh/kernel",
  "@shopmesh/mesh",
  "typeorm",
] as const;

/** Exact versions by package. */
export type Pins = Readonly<Record<string, string>>;

/** package.json of a service. */
export function packageJson({ noun }: Names, dependencies: Pins): string {
  const description = {
    name: `@shopmesh/${noun}`,
    version: "0.1.0",
    private: true,
    type: "module",
    exports: { ".": "./src/service.ts" },
    dependencies,
  };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

/** README.md of a service. */
export function readme({ noun, Noun, nouns, Nouns }: Names): string {
  return `# ${noun}
**Owns** the ${nouns} of customers.

**Answers** \`${Noun}Service\`: Create${Noun}, Get${Noun}, List${Nouns}, each for the signed-in customer's own.

**Emits** ${Noun}Created: ids, no title.

**Listens** to nobody, **calls** nobody.

| when … is down | then |
|---|---|
| NATS | ${nouns} are made all the same; their events wait in the outbox |
| MySQL | UNAVAILABLE; nothing is lost |
`;
}
