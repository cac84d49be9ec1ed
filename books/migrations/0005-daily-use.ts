import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What allocations used, by day: measured, not decided, so it stands outside the audit chain, and a day that is read
 * again replaces its rows. Kept for ever, as the entries are: some 120 bytes a row, four rows an allocation and day, so
 * that a thousand allocations take some 175 MB a year.
 */
export const dailyUse: Migration = {
  async up(db) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const FIGURES = ['mean', 'p50', 'p95', 'p99', 'max'];

const statements = [
  // What was measured, as it was known last: its names outlive the allocation.
  `CREATE TABLE books.metered (
    allocation_uid text PRIMARY KEY CHECK (char_length(allocation_uid) <= 64),
    namespace text NOT NULL,
    name text NOT NULL,
    organization text NOT NULL,
    system text NOT NULL,
    item text NOT NULL,
    pool text NOT NULL,
    zone text NOT NULL,
    arch text NOT NULL,
    series jsonb NOT NULL
  )`,
  `CREATE INDEX metered_namespace ON books.metered (namespace, name)`,
  `CREATE TABLE books.daily_use (
    allocation_uid text NOT NULL REFERENCES books.metered,
    day date NOT NULL,
    resource text NOT NULL CHECK (resource IN ('cpu', 'memory', 'storage', 'network')),
    granted bigint NOT NULL CHECK (granted >= 0),
    expected integer NOT NULL CHECK (expected > 0),
    samples integer NOT NULL CHECK (samples BETWEEN 0 AND expected),
    ${FIGURES.map((it) => `${it} bigint CHECK (${it} >= 0)`).join(',\n    ')},
    faults jsonb NOT NULL,
    PRIMARY KEY (allocation_uid, day, resource),
    CONSTRAINT daily_use_figures CHECK (num_nonnulls(${FIGURES.join(', ')}) = CASE samples WHEN 0 THEN 0 ELSE ${FIGURES.length} END),
    CONSTRAINT daily_use_order CHECK (p50 <= p95 AND p95 <= p99 AND p99 <= max AND mean <= max)
  )`,
  `CREATE INDEX daily_use_day ON books.daily_use (day)`,
  ...['metered', 'daily_use'].map(
    (table) => `CREATE TRIGGER ${table}_kept BEFORE DELETE OR TRUNCATE ON books.${table}
      FOR EACH STATEMENT EXECUTE FUNCTION books.refuse_change()`,
  ),
  `GRANT SELECT ON books.metered, books.daily_use TO govcloud_operator, govcloud_reports`,
  `GRANT INSERT ON books.metered, books.daily_use TO govcloud_operator`,
  `GRANT UPDATE (namespace, name, organization, system, item, pool, zone, arch, series) ON books.metered
    TO govcloud_operator`,
  `GRANT UPDATE (granted, expected, samples, ${FIGURES.join(', ')}, faults) ON books.daily_use TO govcloud_operator`,
];
