import type { EntitySchemaColumnOptions } from "typeorm";

export const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
export const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
export const code = { type: "varchar", length: 24, ...ascii } as const satisfies EntitySchemaColumnOptions;
export const reason = {
  type: "varchar",
  length: 64,
  ...ascii,
} as const satisfies EntitySchemaColumnOptions;
export const reference = { type: "varchar", length: 255, ...ascii } as const;
export const currency = { type: "char", length: 3, ...ascii } as const satisfies EntitySchemaColumnOptions;
export const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
export const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;
export const words = { type: "varchar", length: 63 } as const satisfies EntitySchemaColumnOptions;
