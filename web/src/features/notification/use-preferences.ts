import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { useMutation } from "@tanstack/react-query";
import type {
  Preference,
  Preferences,
  PreferenceSettingsSchema,
} from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import {
  type GetPreferencesResponse,
  GetPreferencesResponseSchema,
  NotificationService,
} from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { newRequestId } from "../../api/request-id.ts";
import { transport } from "../../api/transport.ts";

const notifications = createClient(NotificationService, transport);

const queryKey = createConnectQueryKey({
  schema: NotificationService.method.getPreferences,
  input: {},
  transport,
  cardinality: "finite",
});

/** What a customer wants to hear of, as the shop knows it. */
export function usePreferences() {
  return useQuery(NotificationService.method.getPreferences, {}, { refetchOnMount: "always" });
}

/** Some choices by topic and channel, or everything else anew. */
export type PreferenceChange = {
  readonly choices?: readonly Pick<Preference, "topic" | "channel" | "enabled">[];
  readonly settings?: MessageInitShape<typeof PreferenceSettingsSchema>;
};

const mutationKey = ["preferences"];

/** Changes what a customer hears of, one change after another. */
export function useSetPreferences() {
  return useMutation({
    mutationKey,
    scope: { id: "preferences" },
    mutationFn: ({ choices = [], settings }: PreferenceChange) =>
      notifications.setPreference({ preferences: [...choices], ...(settings === undefined ? {} : { settings }) }),
    // A choice is shown as it was made, and as it was before where it is refused.
    onMutate: async ({ choices = [] }) => {
      // An answer from before the choice is not to take it back.
      await queryClient.cancelQueries({ queryKey });
      const before = queryClient.getQueryData<GetPreferencesResponse>(queryKey)?.preferences;
      if (before !== undefined) show({ ...before, preferences: before.preferences.map(chosenBy(choices)) });
    },
    // An answer from before the next choice is not to take that back: the last one tells all.
    onSuccess: ({ preferences }) => (queryClient.isMutating({ mutationKey }) > 1 ? undefined : show(preferences)),
    onError: () => queryClient.invalidateQueries({ queryKey }),
  });
}

function chosenBy(choices: NonNullable<PreferenceChange["choices"]>) {
  return (known: Preference): Preference => {
    const choice = choices.find(({ topic, channel }) => topic === known.topic && channel === known.channel);
    return choice === undefined ? known : { ...known, enabled: choice.enabled };
  };
}

/** Sends a code to the number in the settings. */
export function useSendPhoneCode() {
  return useMutation({
    mutationFn: () => notifications.sendPhoneCode({ requestId: newRequestId() }),
    // None is sent to a number that another tab has proved meanwhile.
    onSuccess: ({ expireTime }) => (expireTime === undefined ? queryClient.invalidateQueries({ queryKey }) : undefined),
  });
}

/** Proves by the code that the number is hers. */
export function useVerifyPhone() {
  return useMutation({
    mutationFn: (code: string) => notifications.verifyPhoneNumber({ code: code.trim() }),
    onSuccess: ({ preferences }) => show(preferences),
  });
}

function show(preferences: Preferences | undefined): void {
  if (preferences !== undefined) {
    queryClient.setQueryData(queryKey, create(GetPreferencesResponseSchema, { preferences }));
  }
}
