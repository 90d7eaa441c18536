import { Alert, Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { problemOf } from "../../api/problem.ts";

/** Says what went wrong, and offers to try again where that may help. Shows nothing without an error. */
export function ProblemNotice({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  if (error === null || error === undefined) return null;
  const problem = problemOf(error);
  return (
    <Notice tone="bad" title="That did not work">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{problem.words}</Text>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Notice>
  );
}

const colours = { good: "forest", bad: "red", plain: "gray", wait: "yellow" } as const;

/** A message in a box; read out at once when it is bad. */
export function Notice({
  tone,
  title,
  children,
}: {
  readonly tone: keyof typeof colours;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <Alert
      color={colours[tone]}
      variant="light"
      radius="md"
      title={title}
      role={tone === "bad" ? "alert" : "status"}
      // In the tone's own colour a yellow title could hardly be read.
      styles={{ title: { color: "var(--mantine-color-text)" } }}
    >
      {children}
    </Alert>
  );
}
