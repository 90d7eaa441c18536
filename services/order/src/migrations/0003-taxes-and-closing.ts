import type { MigrationInterface, QueryRunner } from "typeorm";

/** The table of taxes, with the rates that were in the program before and a few of the US; an index for orders to be closed. */
export class TaxesAndClosing1795400000000 implements MigrationInterface {
  name = "TaxesAndClosing1795400000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    const rows = [...european, ...american];
    await runner.query(
      `INSERT INTO tax_rate VALUES ${rows.map(() => "(?, ?, ?, ?, ?, ?, ?, ?, 0)").join(", ")}`,
      rows.flat(),
    );
    await runner.query("ALTER TABLE orders ADD KEY of_state (state, create_ms, id)");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE orders DROP KEY of_state");
    await runner.query("DROP TABLE tax_rate");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";

const table = `CREATE TABLE tax_rate (
  country_code CHAR(2) ${ascii} NOT NULL,
  region VARCHAR(80) NOT NULL,
  postal_prefix VARCHAR(20) ${ascii} NOT NULL,
  category VARCHAR(40) ${ascii} NOT NULL,
  rate_basis_points INT NOT NULL,
  is_inclusive TINYINT NOT NULL,
  marketplace_collects TINYINT NOT NULL,
  jurisdiction VARCHAR(80) NOT NULL,
  update_ms BIGINT NOT NULL,
  PRIMARY KEY (country_code, region, postal_prefix, category)
)`;

/** Standard rates of value-added tax, in basis points (European Commission, VAT rates, January 2026): prices hold them. */
const european = (
  [
    ["AT", 2000],
    ["BE", 2100],
    ["BG", 2000],
    ["CY", 1900],
    ["CZ", 2100],
    ["DE", 1900],
    ["DK", 2500],
    ["EE", 2400],
    ["ES", 2100],
    ["FI", 2550],
    ["FR", 2000],
    ["GR", 2400],
    ["HR", 2500],
    ["HU", 2700],
    ["IE", 2300],
    ["IT", 2200],
    ["LT", 2100],
    ["LU", 1700],
    ["LV", 2100],
    ["MT", 1800],
    ["NL", 2100],
    ["PL", 2300],
    ["PT", 2300],
    ["RO", 2100],
    ["SE", 2500],
    ["SI", 2200],
    ["SK", 2300],
  ] as const
).map(([country, rate]) => [country, "", "", "", rate, 1, 0, country] as const);

/** Where to begin with sales taxes of the US: states whose rate is one number, and one county's on top (CDTFA, TX Comptroller, PA DOR, January 2026). */
const american = [
  ["US", "CA", "", "", 725, 0, 1, "US-CA"],
  ["US", "CA", "", "shipping", 0, 0, 1, "US-CA"],
  ["US", "CA", "900", "", 250, 0, 1, "US-CA-LOS ANGELES"],
  ["US", "CA", "900", "shipping", 0, 0, 1, "US-CA-LOS ANGELES"],
  ["US", "PA", "", "", 600, 0, 1, "US-PA"],
  ["US", "TX", "", "", 625, 0, 1, "US-TX"],
] as const;
