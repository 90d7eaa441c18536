import type { Names } from "./names.ts";

/** service.ts: the wiring. */
export function serviceCode({ noun, Noun, Nouns, nouns }: Names): string {
  return `import { ${Noun}Service } from "@shopmesh/contracts/shop/${noun}/v1/${noun}_service_pb.ts";
import { defineService, implement } from "@shopmesh/mesh";
import { ${noun}Handlers } from "./handlers.ts";
import { ${Nouns}1760000000000 } from "./migrations/0001-${noun}.ts";
import { ${Noun}Table } from "./schema.ts";
import { find${Noun}Owner } from "./store.ts";

/** The ${nouns} of customers. */
export const ${noun} = defineService({
  name: "${noun}",
  contracts: [${Noun}Service],
  database: { tables: [${Noun}Table], migrations: [${Nouns}1760000000000] },
  start({ clock, newId }) {
    return {
      implementations: [implement(${Noun}Service, ${noun}Handlers({ clock, newId }))],
      owners: { ${noun}: find${Noun}Owner },
    };
  },
});
`;
}

/** <noun>.ts: the rules of the shop, pure. */
export function domainCode({ noun, Noun, aNoun }: Names): string {
  return `import { DomainError } from "@shopmesh/kernel";

/** One ${noun} of a customer. */
export type ${Noun} = {
  readonly id: string;
  /** Counts the changes. */
  readonly version: number;
  readonly customerId: string;
  /** Without outer spaces, never empty. */
  readonly title: string;
  readonly createMs: number;
};

/** What ${aNoun} is made from. */
export type New${Noun} = Pick<${Noun}, "id" | "customerId" | "title"> & { readonly nowMs: number };

/** A new ${noun}. Throws TITLE_BLANK. */
export function new${Noun}({ id, customerId, title, nowMs }: New${Noun}): ${Noun} {
  const trimmed = title.trim();
  if (trimmed === "") throw new DomainError("invalid", "TITLE_BLANK", { field: "title" });
  return { id, version: 1, customerId, title: trimmed, createMs: nowMs };
}
`;
}

/** handlers.ts: what each RPC does. */
export function handlersCode({ noun, Noun, nouns, Nouns, NOUN }: Names): string {
  return `import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ${Noun}CreatedSchema } from "@shopmesh/contracts/shop/${noun}/v1/${noun}_events_pb.ts";
import type { ${Noun}Schema } from "@shopmesh/contracts/shop/${noun}/v1/${noun}_pb.ts";
import type { ${Noun}Service } from "@shopmesh/contracts/shop/${noun}/v1/${noun}_service_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, idPart, personIdOf, readPage } from "@shopmesh/mesh";
import { find${Noun}, insert${Noun}, list${Nouns} } from "./store.ts";
import { new${Noun}, type ${Noun} } from "./${noun}.ts";

type Deps = { readonly clock: Clock; readonly newId: () => string };

const pages = { standard: 50, most: 200, key: [idPart] } as const;

export function ${noun}Handlers({ clock, newId }: Deps): Handlers<typeof ${Noun}Service> {
  return {
    async create${Noun}({ title }, call) {
      const made = new${Noun}({ id: newId(), customerId: customerOf(call), title, nowMs: clock() });
      const { id, version, customerId } = made;
      await call.transaction(async (tx) => {
        await insert${Noun}(tx, made);
        tx.emit(${Noun}CreatedSchema, { ${noun}Id: id, customerId }, { id, version });
      });
      return { ${noun}: toProto(made) };
    },
    async get${Noun}({ ${noun}Id }, call) {
      const found = await find${Noun}(call.sql, ${noun}Id);
      if (found === undefined) throw new DomainError("not-found", "${NOUN}_NOT_FOUND", { ${noun}_id: ${noun}Id });
      return { ${noun}: toProto(found) };
    },
    async list${Nouns}(request, call) {
      const page = readPage(request, pages);
      const [beforeId] = page.after ?? [];
      const found = await list${Nouns}(call.sql, { customerId: customerOf(call), beforeId, limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { ${nouns}: rows.map(toProto), nextPageToken };
    },
  };
}
${handlersEnd({ Noun })}`;
}

function handlersEnd({ Noun }: Pick<Names, "Noun">): string {
  return `
/** The signed-in person; the contract lets nobody else in. */
function customerOf(call: Call): string {
  const id = personIdOf(call.actor);
  if (id === undefined) throw new DomainError("unauthenticated", "SIGN_IN_REQUIRED");
  return id;
}

function toProto({ id, customerId, title, createMs }: ${Noun}): MessageInitShape<typeof ${Noun}Schema> {
  return { id, customerId, title, createTime: timestampFromMs(createMs) };
}
`;
}
