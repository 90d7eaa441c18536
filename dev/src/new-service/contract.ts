import type { Names } from "./names.ts";

/** <noun>.proto: the resource. */
export function resourceProto({ noun, Noun }: Names): string {
  return `syntax = "proto3";

package shop.${noun}.v1;

import "google/protobuf/timestamp.proto";

// Holds one ${noun} of a customer.
message ${Noun} {
  // The ${noun}'s id, a UUIDv7.
  string id = 1;
  // The account that owns it.
  string customer_id = 2;
  // What its owner calls it; 1 to 100 characters.
  string title = 3;
  // When it was made.
  google.protobuf.Timestamp create_time = 4;
}
`;
}

/** <noun>_events.proto: what others may want to hear of it. */
export function eventsProto({ noun, Noun, aNoun }: Names): string {
  return `syntax = "proto3";

package shop.${noun}.v1;

import "shop/mesh/v1/options.proto";

// Tells that ${aNoun} was made.
message ${Noun}Created {
  option (shop.mesh.v1.message) = {
    kind: KIND_EVENT
    aggregate: "${noun}_id"
  };
  // The ${noun}.
  string ${noun}_id = 1;
  // The account that owns it.
  string customer_id = 2;
}
`;
}

/** <noun>_service.proto: the RPCs with their requests and responses. */
export function serviceProto(names: Names): string {
  const { noun, Noun, nouns, Nouns, aNoun, NOUN } = names;
  const imported = ["buf/validate/validate", `shop/${noun}/v1/${noun}`, "shop/mesh/v1/options"].sort();
  const imports = imported.map((file) => `import "${file}.proto";`);
  return `syntax = "proto3";

package shop.${noun}.v1;

${imports.join("\n")}

// Keeps the ${nouns} of customers.
service ${Noun}Service {
  // Makes ${aNoun} of the caller's. Throws TITLE_BLANK, REQUEST_ID_REUSED.
  rpc Create${Noun}(Create${Noun}Request) returns (Create${Noun}Response) {
    option idempotency_level = IDEMPOTENT;
    option (shop.mesh.v1.method) = {
      access: {
        audience: AUDIENCE_CUSTOMER
        scope: SCOPE_OWN
      }
      idempotency: IDEMPOTENCY_ATOMIC
    };
  }
  // Returns ${aNoun} of the caller's. Throws ${NOUN}_NOT_FOUND.
  rpc Get${Noun}(Get${Noun}Request) returns (Get${Noun}Response) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (shop.mesh.v1.method) = {
      access: {
        audience: AUDIENCE_CUSTOMER
        scope: SCOPE_OWN
        resource: "${noun}"
      }
    };
  }
  // Lists the caller's ${nouns}, newest first. Throws PAGE_TOKEN_INVALID.
  rpc List${Nouns}(List${Nouns}Request) returns (List${Nouns}Response) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (shop.mesh.v1.method) = {
      access: {
        audience: AUDIENCE_CUSTOMER
        scope: SCOPE_OWN
      }
    };
  }
}
${messages(names)}`;
}

function messages({ noun, Noun, nouns, Nouns, aNoun }: Names): string {
  return `
// Asks for a new ${noun}.
message Create${Noun}Request {
  // The key of this call, of the caller's choice; the same key gives the same answer for at least 24 hours.
  string request_id = 1 [(buf.validate.field).string = {
    min_len: 1
    max_len: 128
  }];
  // What to call it; outer spaces do not count.
  string title = 2 [(buf.validate.field).string = {
    min_len: 1
    max_len: 100
  }];
}

// Hands over the new ${noun}.
message Create${Noun}Response {
  // The ${noun}.
  ${Noun} ${noun} = 1;
}

// Asks for ${aNoun}.
message Get${Noun}Request {
  // The ${noun}.
  string ${noun}_id = 1 [(buf.validate.field).string.uuid = true];
}

// Tells ${aNoun}.
message Get${Noun}Response {
  // The ${noun}.
  ${Noun} ${noun} = 1;
}

// Asks for the caller's ${nouns}.
message List${Nouns}Request {
  // How many at most; 0 means 50, more than 200 means 200.
  int32 page_size = 1 [(buf.validate.field).int32.gte = 0];
  // The \`next_page_token\` of the answer before; empty for the first page.
  string page_token = 2 [(buf.validate.field).string.max_len = 512];
}

// Lists ${nouns}.
message List${Nouns}Response {
  // The ${nouns}, newest first.
  repeated ${Noun} ${nouns} = 1;
  // Where the next page begins; empty at the end.
  string next_page_token = 2;
}
`;
}
