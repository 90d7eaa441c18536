/** A FedEx service, its price in US cents and its time from label to door in virtual hours. */
export type FedexService = {
  readonly type: string;
  readonly name: string;
  readonly reach: "domestic" | "international";
  readonly baseCents: number;
  readonly centsPerPound: number;
  readonly hours: number;
  readonly transitTime: string;
};

export const services: readonly FedexService[] = [
  service("FEDEX_GROUND", "FedEx Ground®", "domestic", [899, 62, 48], "TWO_DAYS"),
  service("FEDEX_EXPRESS_SAVER", "FedEx Express Saver®", "domestic", [1499, 85, 46], "TWO_DAYS"),
  service("FEDEX_2_DAY", "FedEx 2Day®", "domestic", [1899, 110, 44], "TWO_DAYS"),
  service("STANDARD_OVERNIGHT", "FedEx Standard Overnight®", "domestic", [3199, 190, 24], "ONE_DAY"),
  service("PRIORITY_OVERNIGHT", "FedEx Priority Overnight®", "domestic", [3799, 215, 20], "ONE_DAY"),
  service(
    "FEDEX_INTERNATIONAL_CONNECT_PLUS",
    "FedEx International Connect Plus®",
    "international",
    [2899, 240, 60],
    "THREE_DAYS",
  ),
  service("INTERNATIONAL_ECONOMY", "FedEx International Economy®", "international", [3499, 290, 52], "THREE_DAYS"),
  service(
    "FEDEX_INTERNATIONAL_PRIORITY",
    "FedEx International Priority®",
    "international",
    [5299, 420, 40],
    "TWO_DAYS",
  ),
];

export function findService(type: string): FedexService | undefined {
  return services.find((candidate) => candidate.type === type);
}

function service(
  type: string,
  name: string,
  reach: FedexService["reach"],
  [baseCents, centsPerPound, hours]: readonly [number, number, number],
  transitTime: string,
): FedexService {
  return { type, name, reach, baseCents, centsPerPound, hours, transitTime };
}
