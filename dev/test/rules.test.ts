import test from "ava";
import { missingTests, readRules } from "../src/check/rules.ts";

const table = `# Rules

| rule | test | title |
|---|---|---|
| a sum is split exactly | \`a.test.ts\` | parts add up |
| every state | \`a.test.ts\` | \`\${from} -> \${to}\` |
| nobody proves this | – | there is none yet |
`;
const source = 'test("parts add up", exec);\nconst moves = { title: (_, from, to) => `${from} -> ${to}` };';

test("each rule's file and title are read, those of tables of cases too", (t) => {
  t.deepEqual(
    readRules(table).map(({ file, title }) => [file, title]),
    [
      ["a.test.ts", "parts add up"],
      ["a.test.ts", "${from} -> ${to}"],
      ["–", "there is none yet"],
    ],
  );
});

test("a title that no test has, or a file that is not there, is told with its line", (t) => {
  const rules = readRules(table);
  t.deepEqual(
    missingTests(rules, () => source),
    [],
  );
  t.deepEqual(
    missingTests(rules, () => source.replace("parts", "sums")),
    ['docs/rules.md:5: a.test.ts has no test "parts add up"'],
  );
  t.deepEqual(
    missingTests(rules.slice(0, 1), () => undefined),
    ["docs/rules.md:5: there is no a.test.ts"],
  );
});
