/** How much a proof does: `quick` for every day, `full` as the figures in the documents were measured. */
export type Profile = "quick" | "full";

/** What a proof found out: what must hold, what was measured, and whether it does. */
export type Claim = { readonly claim: string; readonly measured: string; readonly holds: boolean };

/** What a proof is run with. */
export type ProofSetting = {
  /** Tells what it does as it goes. */
  say(line: string): void;
  readonly profile: Profile;
  /** Every choice at random comes from it. */
  readonly seed: number;
  /** How many orders, instead of the profile's number; where the proof is about orders. */
  readonly orders?: number;
};

/**
 * Something shown by force on a mesh that the proof starts by itself and always stops. A run that never met the fault
 * it is about does not hold: its claims say how often it was met.
 */
export type Proof = {
  readonly name: string;
  readonly title: string;
  readonly run: (setting: ProofSetting) => Promise<readonly Claim[]>;
};
