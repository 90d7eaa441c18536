import { Loader, Stack } from "@mantine/core";
import type { Account } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { SignedIn } from "../features/account/signed-in.tsx";
import { Choices } from "../features/notification/choices.tsx";
import { Hours } from "../features/notification/hours.tsx";
import { Phone } from "../features/notification/phone.tsx";
import { usePreferences } from "../features/notification/use-preferences.ts";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";

/** What a customer hears of, by what, when and in which language. */
export function MyNotificationsPage() {
  return (
    <SignedIn title="What we tell you" what="what we tell you">
      {(account) => <Wishes account={account} />}
    </SignedIn>
  );
}

function Wishes({ account }: { readonly account: Account }) {
  const { data, error, refetch } = usePreferences();
  const preferences = data?.preferences;
  const settings = preferences?.settings;
  if (preferences === undefined || settings === undefined) {
    if (error === null) return <Loader aria-label="Your settings are being fetched" />;
    return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Stack gap="md" w="100%" maw={720}>
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      <Choices preferences={preferences} roles={account.roles} />
      <Phone preferences={preferences} settings={settings} />
      <Hours settings={settings} />
    </Stack>
  );
}
