import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import { DomainError } from "@shopmesh/kernel";
import type { DescMessage, DescMethod, Message } from "@bufbuild/protobuf";
import type { Interceptor } from "./interceptor.ts";

let shared: Validator | undefined;

/** Refuses a request whose shape breaks its contract: INVALID_ARGUMENT VALIDATION_FAILED, every wrong field named. */
export function validationInterceptor(method: DescMethod): Interceptor {
  shared ??= createValidator();
  return (next) => async (request, call) => {
    requireValid(method.input, request);
    return next(request, call);
  };
}

/** Throws VALIDATION_FAILED, every wrong field named, where `message` breaks the shape that its contract asks for. */
export function requireValid(schema: DescMessage, message: Message): void {
  shared ??= createValidator();
  const result = shared.validate(schema, message);
  if (result.kind === "valid") return;
  if (result.kind === "error") throw result.error;
  const violations = result.violations.map((violation) => ({
    field: pathToString(violation.field),
    description: violation.message,
    rule: violation.ruleId,
  }));
  throw new DomainError(
    "invalid",
    "VALIDATION_FAILED",
    { field: violations[0]?.field ?? "" },
    {
      message: violations.map(({ field, description }) => `${field}: ${description}`).join("; "),
      violations,
    },
  );
}
