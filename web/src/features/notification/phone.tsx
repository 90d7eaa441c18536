import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import {
  Channel,
  type Preferences,
  type PreferenceSettings,
} from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import { problemOf } from "../../api/problem.ts";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { useSendPhoneCode, useSetPreferences, useVerifyPhone } from "./use-preferences.ts";

/** The number for SMS: entered, then proved by the code that comes to it. */
export function Phone({
  preferences,
  settings,
}: {
  readonly preferences: Preferences;
  readonly settings: PreferenceSettings;
}) {
  const { phoneNumber, phoneVerified } = settings;
  const set = useSetPreferences();
  const forget = () => {
    const bySms = preferences.preferences.filter(({ channel, enabled }) => channel === Channel.SMS && enabled);
    const choices = bySms.map((choice) => ({ ...choice, enabled: false }));
    set.mutate({ choices, settings: { ...settings, phoneNumber: "" } });
  };
  return (
    <Stack component="section" className="panel" gap="sm" aria-labelledby="phone">
      <Title order={2} size="h3" id="phone">
        Your number for SMS
      </Title>
      {phoneNumber === "" ? (
        <NumberEntry
          isPending={set.isPending}
          error={set.error}
          onEnter={(number) => set.mutate({ settings: { ...settings, phoneNumber: number } })}
        />
      ) : (
        <>
          <Group justify="space-between" gap="sm">
            <Text>
              <strong>{phoneNumber}</strong>
              {phoneVerified ? ", proved to be yours" : ", not proved yet"}
            </Text>
            <Button size="compact-sm" variant="subtle" loading={set.isPending} onClick={forget}>
              Forget it
            </Button>
          </Group>
          {!phoneVerified && <Proof />}
          <ProblemNotice error={set.error} />
        </>
      )}
    </Stack>
  );
}

function NumberEntry({
  isPending,
  error,
  onEnter,
}: {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onEnter: (number: string) => void;
}) {
  const [number, setNumber] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onEnter(withoutSpaces(number));
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Mobile number"
          description="With the country in front: +49 151 12345678"
          type="tel"
          autoComplete="tel"
          required
          // As E.164 has it; spaces and the like do not count.
          pattern="\+[1-9](?:[\s\(\)\/.\-]*[0-9]){6,14}"
          title="A plus, the country and the number: +49 151 12345678"
          style={{ flex: 1, minWidth: 200 }}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={isPending}>
          Keep it
        </Button>
      </Group>
      <ProblemNotice error={error} />
    </form>
  );
}

function withoutSpaces(number: string): string {
  return number.replaceAll(/[\s()/.-]/g, "");
}

function Proof() {
  const [code, setCode] = useState("");
  const send = useSendPhoneCode();
  const verify = useVerifyPhone();
  return (
    <>
      <Group align="flex-end" gap="xs">
        <Button variant="default" loading={send.isPending} onClick={() => send.mutate()}>
          {send.isSuccess ? "Send another code" : "Send me a code"}
        </Button>
        {send.isSuccess && <Text size="sm">A code is on its way to you.</Text>}
      </Group>
      <ProblemNotice error={send.error} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          verify.mutate(code);
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput
            label="The code from the SMS"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            pattern="\s*[0-9]{6}\s*"
            title="Six digits"
            value={code}
            error={verify.error === null ? undefined : problemOf(verify.error).words}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" loading={verify.isPending}>
            It is mine
          </Button>
        </Group>
      </form>
    </>
  );
}
