/** A UPS service by its code, its price in US cents, its virtual hours from label to door, and its business days. */
export type UpsService = {
  readonly code: string;
  readonly name: string;
  readonly reach: "domestic" | "international";
  readonly baseCents: number;
  readonly centsPerKilogram: number;
  readonly hours: number;
  readonly businessDays: number;
};

export const services: readonly UpsService[] = [
  service("03", "UPS Ground", "domestic", [949, 140, 48], 3),
  service("02", "UPS 2nd Day Air", "domestic", [1979, 250, 44], 2),
  service("01", "UPS Next Day Air", "domestic", [3899, 480, 20], 1),
  service("11", "UPS Standard", "international", [2999, 540, 60], 4),
  service("08", "UPS Worldwide Expedited", "international", [3599, 650, 52], 3),
  service("65", "UPS Worldwide Saver", "international", [5399, 930, 40], 2),
];

export function findService(code: string): UpsService | undefined {
  return services.find((candidate) => candidate.code === code);
}

function service(
  code: string,
  name: string,
  reach: UpsService["reach"],
  [baseCents, centsPerKilogram, hours]: readonly [number, number, number],
  businessDays: number,
): UpsService {
  return { code, name, reach, baseCents, centsPerKilogram, hours, businessDays };
}
