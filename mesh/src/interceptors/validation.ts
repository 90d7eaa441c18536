import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import { DomainError } from "@shopmesh/kernel";
import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "./interceptor.ts";

let shared: Validator | undefined;

/** Refuses a request whose shape breaks its contract: INVALID_ARGUMENT VALIDATION_FAILED, every wrong field named. */
export function validationInterceptor(method: DescMethod): Interceptor {
  shared ??= createValidator();
  const validator = shared;
  return (next) => (request, call) => {
    const result = validator.validate(method.input, request);
    if (result.kind === "valid") return next(request, call);
    if (result.kind === "error") return Promise.reject(result.error);
    const violations = result.violations.map((violation) => ({
      field: pathToString(violation.field),
      description: violation.message,
      rule: violation.ruleId,
    }));
    return Promise.reject(
      new DomainError(
        "invalid",
        "VALIDATION_FAILED",
        { field: violations[0]?.field ?? "" },
        {
          message: violations.map(({ field, description }) => `${field}: ${description}`).join("; "),
          violations,
        },
      ),
    );
  };
}
