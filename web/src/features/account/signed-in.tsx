import { Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Account } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { LinkButton } from "../../app/link-button.tsx";
import { useTitle } from "../../app/use-title.ts";
import { useSession } from "./use-session.ts";

/** A page of a customer's own: what `children` makes of the account, or the way to sign in to see `what`. */
export function SignedIn({
  title,
  what,
  children,
}: {
  readonly title: string;
  readonly what: string;
  readonly children: (account: Account) => ReactNode;
}) {
  useTitle(title);
  const { account, isLoading } = useSession();
  if (isLoading) return <Loader aria-label="Your account is being fetched" />;
  return (
    <Stack gap="lg" align="flex-start">
      <Title>{title}</Title>
      {account === undefined ? (
        <>
          <Text>Please sign in to see {what}.</Text>
          <LinkButton to="/sign-in">Sign in</LinkButton>
        </>
      ) : (
        children(account)
      )}
    </Stack>
  );
}
