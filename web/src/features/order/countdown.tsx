import { Text } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { useState } from "react";
import { timeLeft } from "./time-left.ts";

const SECOND_MS = 1_000;

/** How long goods are still kept for a payer who must act. */
export function Countdown({ until }: { readonly until: Timestamp }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useInterval(() => setNowMs(Date.now()), SECOND_MS, { autoInvoke: true });
  const left = timeLeft(timestampMs(until), nowMs);
  return (
    <Text size="sm" mb="xs">
      {left === "" ? "What you chose is no longer kept for you." : `What you chose is kept for you for ${left}.`}
    </Text>
  );
}
