import { create, type DescMethod, type DescService, type Message } from "@bufbuild/protobuf";
import { contractOf } from "@shopmesh/mesh";

/** The method behind /webhooks/<name>, with its request made from the raw body and headers. */
export type Webhooks = (name: string) =>
  | {
      readonly method: DescMethod;
      request(body: Uint8Array, headers: Readonly<Record<string, string>>): Message;
    }
  | undefined;

/** Every method whose contract declares a webhook; throws where two declare the same name. */
export function createWebhooks(contracts: readonly DescService[]): Webhooks {
  const methods = new Map<string, DescMethod>();
  for (const method of contracts.flatMap((contract) => contract.methods)) {
    const { webhook, path } = contractOf(method);
    if (webhook === "") continue;
    if (methods.has(webhook)) throw new Error(`${path}: the webhook "${webhook}" is declared twice`);
    methods.set(webhook, method);
  }
  return (name) => {
    const method = methods.get(name);
    return method === undefined
      ? undefined
      : {
          method,
          request: (body, headers) =>
            create(method.input, { body, headers: { ...headers } } as Record<string, unknown>),
        };
  };
}
