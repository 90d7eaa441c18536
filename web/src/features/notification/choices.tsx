import { Checkbox, Stack, Table, Text, Title } from "@mantine/core";
import type { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import {
  Channel,
  type Preference,
  type Preferences,
} from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { useSetPreferences } from "./use-preferences.ts";
import { channels, concerns, topicWords } from "./words.ts";

/** What to hear of, and by what: each choice counts at once. */
export function Choices({
  preferences,
  roles,
}: {
  readonly preferences: Preferences;
  readonly roles: readonly Role[];
}) {
  const set = useSetPreferences();
  const isProved = preferences.settings?.phoneVerified === true;
  const topics = [...new Set(preferences.preferences.map(({ topic }) => topic))].filter(
    (topic) => topicWords(topic) !== undefined && concerns(topic, roles),
  );
  const choiceOf = (topic: Preference["topic"], channel: Channel) =>
    preferences.preferences.find((choice) => choice.topic === topic && choice.channel === channel);
  return (
    <Stack component="section" className="panel" gap="sm" aria-labelledby="choices">
      <Title order={2} size="h3" id="choices">
        What you hear of
      </Title>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">About</Table.Th>
            {channels.map(({ channel, name }) => (
              <Table.Th key={channel} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {topics.map((topic) => (
            <Table.Tr key={topic}>
              <Table.Th scope="row" fw={400}>
                {topicWords(topic)}
              </Table.Th>
              {channels.map(({ channel, name }) => (
                <Table.Td key={channel}>
                  <Choice
                    label={`${topicWords(topic) ?? ""}: ${name}`}
                    choice={choiceOf(topic, channel)}
                    isOffered={channel !== Channel.SMS || isProved}
                    onChoose={(choice) => set.mutate({ choices: [choice] })}
                  />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed">
        What is bought, given back or concerns your account is always sent by e-mail.
        {!isProved && " SMS need a number that you have proved to be yours."}
      </Text>
      <ProblemNotice error={set.error} />
    </Stack>
  );
}

function Choice({
  label,
  choice,
  isOffered,
  onChoose,
}: {
  readonly label: string;
  readonly choice: Preference | undefined;
  readonly isOffered: boolean;
  readonly onChoose: (choice: Preference) => void;
}) {
  if (choice === undefined) return null;
  const { enabled, required } = choice;
  return (
    <Checkbox
      aria-label={label}
      checked={enabled}
      disabled={required || (!isOffered && !enabled)}
      onChange={({ currentTarget: { checked } }) => onChoose({ ...choice, enabled: checked })}
    />
  );
}
