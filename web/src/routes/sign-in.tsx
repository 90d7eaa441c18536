import { Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTitle } from "../app/use-title.ts";
import { type Entry, useSignIn } from "../features/account/use-session.ts";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";

/** Sign in, or make an account. */
export function SignInPage() {
  const navigate = useNavigate();
  const [isNew, setIsNew] = useState(false);
  const [entry, setEntry] = useState<Required<Entry>>({ email: "", password: "", name: "" });
  const title = isNew ? "Make an account" : "Sign in";
  useTitle(title);
  const signIn = useSignIn(() => void navigate({ to: "/account/orders" }));
  const change = (field: keyof Entry) => (event: { currentTarget: { value: string } }) =>
    setEntry({ ...entry, [field]: event.currentTarget.value });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const { name, ...known } = entry;
        signIn.mutate(isNew ? { ...known, name } : known);
      }}
    >
      <Stack maw={460} className="panel" mx="auto">
        <Title size="h2">{title}</Title>
        {isNew && <TextInput label="Name" required autoComplete="name" value={entry.name} onChange={change("name")} />}
        <TextInput
          label="E-mail address"
          type="email"
          required
          autoComplete="email"
          value={entry.email}
          onChange={change("email")}
        />
        <PasswordInput
          label="Password"
          required
          minLength={isNew ? 10 : 1}
          {...(isNew ? { description: "At least 10 characters" } : {})}
          autoComplete={isNew ? "new-password" : "current-password"}
          visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
          value={entry.password}
          onChange={change("password")}
        />
        <Button type="submit" loading={signIn.isPending}>
          {title}
        </Button>
        <ProblemNotice error={signIn.error} />
        <Button variant="subtle" onClick={() => setIsNew(!isNew)}>
          {isNew ? "I have an account" : "I am new here"}
        </Button>
        <Text size="sm" c="dimmed">
          What is in your cart comes along.
        </Text>
      </Stack>
    </form>
  );
}
