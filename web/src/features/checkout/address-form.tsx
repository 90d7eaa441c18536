import { NativeSelect, SimpleGrid, Stack, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { countries, type Draft, type DraftField, problemsOf } from "./address.ts";

/** Where to: a field's problem shows once it has been left, or all when `isChecked`. */
export function AddressForm({
  draft,
  isChecked,
  refused,
  onChange,
}: {
  readonly draft: Draft;
  readonly isChecked: boolean;
  /** What the shop itself found wrong, by field. */
  readonly refused: Readonly<Record<string, string>>;
  readonly onChange: (draft: Draft) => void;
}) {
  const [left, setLeft] = useState<readonly DraftField[]>([]);
  const problems = problemsOf(draft);
  const field = (name: DraftField, label: string, autoComplete: string, isRequired = true) => ({
    name,
    label,
    autoComplete,
    required: isRequired,
    value: draft[name],
    error: (isChecked || left.includes(name) ? problems[name] : undefined) ?? refused[name],
    onBlur: () => setLeft((before) => [...new Set([...before, name])]),
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ ...draft, [name]: event.currentTarget.value }),
  });
  return (
    <Stack gap="sm" component="section" className="panel" aria-labelledby="where">
      <Title order={2} size="h3" id="where">
        Where to
      </Title>
      <TextInput type="email" {...field("email", "E-mail address", "email")} />
      <TextInput {...field("name", "Name", "name")} />
      <TextInput {...field("line1", "Street and number", "address-line1")} />
      <TextInput {...field("line2", "Flat, floor, company (if any)", "address-line2", false)} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput {...field("postalCode", "Postal code", "postal-code")} />
        <TextInput {...field("city", "Town", "address-level2")} />
      </SimpleGrid>
      <NativeSelect data={[...countries]} {...field("countryCode", "Country", "country")} />
    </Stack>
  );
}
