import type { Organization } from '../../api/v1alpha1/index.ts';
import { organizationTypes } from '../../messages/cli-views.ts';
import { type Named, type OrganizationNames, organizationNames } from './names.ts';
import type { Sheet } from './sheet.ts';
import type { TableRow } from './row.ts';
import { readTable, type TableKind, type TableReading } from './table.ts';
import { choiceOf, listOf, type Read, read, readDate, readId, readLine, readYes, wrong } from './values.ts';
import { ORGANIZATION_COLUMNS, ORGANIZATION_TYPE_WORDS } from './vocabulary.ts';

const MOST_ALIASES = 10;
const LONGEST_ALIAS = 60;
const readType = choiceOf(organizationTypes, ORGANIZATION_TYPE_WORDS);

type Row = TableRow<keyof typeof ORGANIZATION_COLUMNS>;

/**
 * Reads a file of organisations. What stands above one may be another row of the same file.
 * @param known those that are declared already
 */
export function readOrganizations(sheet: Sheet, known: readonly Named[]): TableReading<Organization> {
  const kind = <T>(of: (row: Row) => T | undefined, key: (value: T) => string) =>
    ({ columns: ORGANIZATION_COLUMNS, read: of, key }) satisfies TableKind<
      keyof typeof ORGANIZATION_COLUMNS,
      T
    >;
  const inFile = readTable(
    sheet,
    kind(namedIn, ({ code }) => code),
  ).good.map(({ value }) => value);
  const codes = new Set(inFile.map(({ code }) => code));
  const names = organizationNames([...known.filter(({ code }) => !codes.has(code)), ...inFile]);
  return readTable(
    sheet,
    kind(
      (row) => organizationOf(row, names),
      ({ metadata }) => metadata.name,
    ),
  );
}

function namedIn(row: Row): Named | undefined {
  const code = row.cell('code', readId(40));
  const name = row.cell('name', readLine(120));
  const type = row.cell('type', readType);
  const aliases = row.optional('aliases', readAliases, []);
  return code && name && type && aliases ? { code, type, names: [name, ...aliases], parents: [] } : undefined;
}

function organizationOf(row: Row, names: OrganizationNames): Organization | undefined {
  const code = row.cell('code', readId(40));
  const zh = row.cell('name', readLine(120));
  const type = row.cell('type', readType);
  const isCity = type === 'city';
  const none = row.text('parent') === '';
  if (type && isCity !== none) row.fault('parent', 'E_ORGANIZATION_KIND');
  const parent = none ? null : row.cell('parent', names.find);
  if (parent && parent === code) row.fault('parent', 'E_ORGANIZATION_KIND');
  const from = none ? null : row.cell('from', (text) => readDate(text, row.dateSystem, 'day'));
  const budgetUnit = row.cell('budgetUnit', readYes);
  const aliases = row.optional('aliases', readAliases, []);
  const en = row.optional('english', readLine(200), null);
  if (row.problems.length > 0 || !code || !zh || !type || budgetUnit === undefined || !aliases)
    return undefined;
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Organization',
    metadata: { name: code },
    spec: {
      name: { zh, ...(en ? { en } : {}) },
      ...(aliases.length > 0 ? { aliases: [...aliases] } : {}),
      type,
      parents: parent && from ? [{ code: parent, from }] : [],
      budgetUnit,
    },
  };
}

function readAliases(text: string): Read<readonly string[]> {
  const aliases = [...new Set(listOf(text))];
  if (aliases.length > MOST_ALIASES) return wrong('E_CELL_MANY', { highest: MOST_ALIASES });
  return aliases.some((it) => it.length > LONGEST_ALIAS)
    ? wrong('E_CELL_LENGTH', { highest: LONGEST_ALIAS })
    : read(aliases);
}
