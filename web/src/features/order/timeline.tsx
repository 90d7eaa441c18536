import { Text, Title } from "@mantine/core";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { TimelineEntry } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { entryTone } from "./words.ts";

/** Everything that happened, the newest first. */
export function Timeline({ entries }: { readonly entries: readonly TimelineEntry[] }) {
  return (
    <section className="panel" aria-labelledby="timeline">
      <Title order={2} size="h3" id="timeline" mb="md">
        What happened
      </Title>
      <ol className="timeline" reversed>
        {entries.toReversed().map((entry) => (
          <li key={String(entry.sequence)} data-sequence={String(entry.sequence)} data-tone={entryTone(entry)}>
            <Text size="sm">{entry.summary}</Text>
            {entry.time !== undefined && (
              <Text size="xs" c="dimmed" component="time" dateTime={timestampDate(entry.time).toISOString()}>
                {timestampDate(entry.time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })}
              </Text>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
