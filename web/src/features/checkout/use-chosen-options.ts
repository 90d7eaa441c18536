import { useState } from "react";

/** The way to send that was chosen for each seller; elsewhere others are offered, so another country begins anew. */
export function useChosenOptions(countryCode: string) {
  const [chosen, setChosen] = useState<{ readonly of: string; readonly options: Readonly<Record<string, string>> }>({
    of: countryCode,
    options: {},
  });
  const options = chosen.of === countryCode ? chosen.options : {};
  return {
    options,
    choose: (sellerId: string, optionId: string) =>
      setChosen({ of: countryCode, options: { ...options, [sellerId]: optionId } }),
  };
}
