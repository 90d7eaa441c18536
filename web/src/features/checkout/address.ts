/** What a buyer enters about the way to them. */
export type Draft = {
  readonly email: string;
  readonly name: string;
  readonly line1: string;
  readonly line2: string;
  readonly postalCode: string;
  readonly city: string;
  readonly countryCode: string;
};

export type DraftField = keyof Draft;

/** Where the shop's sellers send to. */
export const countries = [
  { value: "AT", label: "Austria" },
  { value: "BE", label: "Belgium" },
  { value: "DK", label: "Denmark" },
  { value: "FR", label: "France" },
  { value: "DE", label: "Germany" },
  { value: "IE", label: "Ireland" },
  { value: "IT", label: "Italy" },
  { value: "NL", label: "Netherlands" },
  { value: "PL", label: "Poland" },
  { value: "ES", label: "Spain" },
  { value: "SE", label: "Sweden" },
] as const;

export const emptyDraft: Draft = {
  email: "",
  name: "",
  line1: "",
  line2: "",
  postalCode: "",
  city: "",
  countryCode: "DE",
};

const wanted: readonly (readonly [DraftField, string])[] = [
  ["name", "Please enter the name of who receives it."],
  ["line1", "Please enter the street and the number."],
  ["postalCode", "Please enter the postal code."],
  ["city", "Please enter the town."],
];

/** What is still wrong, by field; nothing when it can be priced. The shop itself has the last word. */
export function problemsOf(draft: Draft): Readonly<Partial<Record<DraftField, string>>> {
  const missing = wanted.filter(([field]) => draft[field].trim() === "");
  const isAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(draft.email.trim());
  return {
    ...(isAddress ? {} : { email: "Please enter an e-mail address: your@name.example" }),
    ...Object.fromEntries(missing),
  };
}

/** A country's name, as it is written on an envelope. */
export function countryOf(code: string): string {
  return countries.find(({ value }) => value === code)?.label ?? code;
}
