import { Button, Group, NativeSelect, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import type { PreferenceSettings } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { useSetPreferences } from "./use-preferences.ts";
import { languages } from "./words.ts";

const night = { start: "22:00", end: "07:00" } as const;

/** In which language somebody hears, and when not. */
export function Hours({ settings }: { readonly settings: PreferenceSettings }) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [locale, setLocale] = useState(settings.locale);
  const [timeZone, setTimeZone] = useState(settings.timeZone || here);
  const [isQuiet, setIsQuiet] = useState(settings.quietHours !== undefined);
  const { start, end } = settings.quietHours ?? night;
  const [quiet, setQuiet] = useState({ start, end });
  const set = useSetPreferences();
  const zones = [...new Set([timeZone, ...Intl.supportedValuesOf("timeZone")])].toSorted();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const { phoneNumber } = settings;
        set.mutate({ settings: { locale, timeZone, phoneNumber, ...(isQuiet ? { quietHours: quiet } : {}) } });
      }}
    >
      <Stack component="section" className="panel" gap="sm" aria-labelledby="hours">
        <Title order={2} size="h3" id="hours">
          Language and quiet hours
        </Title>
        <NativeSelect
          label="Language"
          data={[...languages]}
          value={locale}
          onChange={(event) => setLocale(event.currentTarget.value)}
        />
        <NativeSelect
          label="Time zone"
          data={zones}
          value={timeZone}
          onChange={(event) => setTimeZone(event.currentTarget.value)}
        />
        <Switch
          label="No mail and no SMS at night"
          checked={isQuiet}
          onChange={(event) => setIsQuiet(event.currentTarget.checked)}
        />
        {isQuiet && <QuietTimes quiet={quiet} onChange={setQuiet} />}
        <Text size="sm" c="dimmed">
          What comes in quiet hours is sent after them. What concerns the safety of your account comes at any hour.
        </Text>
        <Group gap="sm">
          <Button type="submit" variant="default" loading={set.isPending}>
            Keep this
          </Button>
          {set.isSuccess && (
            <Text size="sm" role="status">
              Kept.
            </Text>
          )}
        </Group>
        <ProblemNotice error={set.error} />
      </Stack>
    </form>
  );
}

type Quiet = { readonly start: string; readonly end: string };

function QuietTimes({ quiet, onChange }: { readonly quiet: Quiet; readonly onChange: (quiet: Quiet) => void }) {
  const time = (name: keyof Quiet, label: string) => (
    <TextInput
      label={label}
      type="time"
      required
      value={quiet[name]}
      onChange={(event) => onChange({ ...quiet, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Group gap="sm">
      {time("start", "From")}
      {time("end", "Until")}
    </Group>
  );
}
