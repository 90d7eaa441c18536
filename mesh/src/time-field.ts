import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";

/** The field `name` of a message where there is a time, none where there is none. */
export function timeField<Name extends string>(name: Name, ms: number | undefined): { [K in Name]?: Timestamp } {
  return ms === undefined ? {} : ({ [name]: timestampFromMs(ms) } as { [K in Name]: Timestamp });
}
