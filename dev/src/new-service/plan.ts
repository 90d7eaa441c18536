import { domainCode, handlersCode, serviceCode } from "./code.ts";
import { eventsProto, resourceProto, serviceProto } from "./contract.ts";
import { packageJson, type Pins, readme } from "./folder.ts";
import type { Names } from "./names.ts";
import { migrationCode, schemaCode, storeCode } from "./persistence.ts";
import { databaseTest, domainTest } from "./tests.ts";

/** Every file of a new service: its path in the checkout, and its text. */
export function planFiles(names: Names, pins: Pins): ReadonlyMap<string, string> {
  const { noun } = names;
  const contract = `proto/shop/${noun}/v1`;
  const folder = `services/${noun}`;
  return new Map([
    [`${contract}/${noun}.proto`, resourceProto(names)],
    [`${contract}/${noun}_service.proto`, serviceProto(names)],
    [`${contract}/${noun}_events.proto`, eventsProto(names)],
    [`${folder}/package.json`, packageJson(names, pins)],
    [`${folder}/README.md`, readme(names)],
    [`${folder}/src/service.ts`, serviceCode(names)],
    [`${folder}/src/handlers.ts`, handlersCode(names)],
    [`${folder}/src/${noun}.ts`, domainCode(names)],
    [`${folder}/src/store.ts`, storeCode(names)],
    [`${folder}/src/schema.ts`, schemaCode(names)],
    [`${folder}/src/migrations/0001-${noun}.ts`, migrationCode(names)],
    [`${folder}/test/${noun}.test.ts`, domainTest(names)],
    [`${folder}/test/${noun}.db.test.ts`, databaseTest(names)],
  ]);
}

/** What the command says when it is done. */
export function report({ noun, Noun }: Names, touched: readonly string[]): string {
  const service = `services/${noun}`;
  return `made the service ${noun}; written:
${touched.map((path) => `  ${path}`).join("\n")}

next
  npm run check                            holds as it is
  npm test -- '${service}/test/**'   its tests, on a database of their own
  npm start                                runs it: own port, own schema shop_${noun}, at the gateway by itself
  curl -X POST localhost:8080/shop.${noun}.v1.${Noun}Service/Create${Noun} -H 'content-type: application/json' \\
    -H "authorization: Bearer $(npm run -s token -- customer)" -d '{"requestId":"1","title":"first"}'
then make it yours: the contract in proto/shop/${noun}/v1, the rules in ${service}/src/${noun}.ts;
a line in CHANGELOG.md, a row in docs/architecture.md, and a group in dev/src/topology.ts if insight is the wrong one
`;
}
