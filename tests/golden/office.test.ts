import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type {
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
} from '../../api/v1alpha1/index.ts';
import { readSheet } from '../../cli/services/sheet.ts';
import { namedOf, organizationNames } from '../../domain/office/names.ts';
import { readOrganizations } from '../../domain/office/organizations.ts';
import { readProjects } from '../../domain/office/projects.ts';
import {
  type FormLine,
  organizationOfForm,
  readRequestForm,
  type RequestForm,
} from '../../domain/office/request.ts';
import type { Sheet } from '../../domain/office/sheet.ts';
import { readStock, type Stock, stockLookup, systemNames } from '../../domain/office/stock.ts';
import { readSystems } from '../../domain/office/systems.ts';
import type { TableReading } from '../../domain/office/table.ts';
import { loadCity } from '../../stacks/city.ts';
import { cases, type Expected, type Table } from './cases.ts';

const FOLDER = join(import.meta.dirname, 'office');
const TODAY = '2026-06-30';

const { manifests } = loadCity(join(import.meta.dirname, '../../stacks/shanwei'));
const of = <T>(kind: string) => manifests.filter((it) => it.kind === kind) as unknown as readonly T[];
const organizations = of<Organization>('Organization');
const names = organizationNames(organizations.map(namedOf));
const systems = of<InformationSystem>('InformationSystem');
const lookup = stockLookup(
  systems,
  of<CatalogItem>('CatalogItem'),
  of<MemberCluster>('MemberCluster'),
  organizations,
);

/** Reads a sheet as a kind of table, each good row told in one line. */
const readers: Readonly<Record<Table, (sheet: Sheet) => TableReading<string>>> = {
  systems: (sheet) => told(readSystems(sheet, names), systemLine),
  projects: (sheet) =>
    told(readProjects(sheet, { organizations: names, systems: systemNames(systems) }), projectLine),
  stock: (sheet) => told(readStock(sheet, lookup, TODAY), stockLine),
  requests: formTold,
  organizations: (sheet) => told(readOrganizations(sheet, organizations.map(namedOf)), organizationLine),
};

function told<T>(reading: TableReading<T>, line: (value: T) => string): TableReading<string> {
  return { ...reading, good: reading.good.map(({ row, value }) => ({ row, value: line(value) })) };
}

const xinchuang = new Set(systems.filter(({ spec }) => spec.xinchuang).map(({ metadata }) => metadata.name));
/** What the two systems of the forms have. */
const allocations = [
  ['zy-2026-000101-vm', 'ZY-2026-000101', 'zhihui-jiaoyu'],
  ['zy-2026-000101-vm2', 'ZY-2026-000101', 'zhihui-jiaoyu'],
  ['zy-2026-000102-db', 'ZY-2026-000102', 'zhihui-jiaoyu'],
  ['zy-2026-000103-vm', 'ZY-2026-000103', 'yuezhengyi'],
].map(([name = '', serial = '', system = '']) => ({ name, serial, system }));

/** A form as a table of one: what its head says, then its lines. */
function formTold(sheet: Sheet): TableReading<string> {
  const code = organizationOfForm(sheet, names);
  const projects = of<Project>('Project').filter(({ metadata }) => metadata.namespace === `gov-${code}`);
  const { form, problems, skipped, unread } = readRequestForm(sheet, {
    ...lookup,
    projects,
    allocations,
    xinchuang,
  });
  const good = form ? [formLine(form), ...form.lines.map(lineLine)] : [];
  return {
    good: good.map((value, row) => ({ row, value })),
    problems,
    skipped: skipped.filter(({ why }) => why !== 'blank'),
    unread,
    columns: new Set(),
    classified: [],
  };
}

function formLine(form: RequestForm): string {
  const { organization, unit, system, project, zone, arch, until, reason, person, phone } = form;
  const where = [organization, unit, system, project, zone, arch ?? '-'];
  const neighbours = [
    ...(form.recoveryOf.length > 0 ? [`recovery=${form.recoveryOf.join(',')}`] : []),
    ...(form.apartFrom.length > 0 ? [`apart=${form.apartFrom.join(',')}`] : []),
  ];
  const who = [person, phone, form.reviewer, form.account ?? '-'];
  return [...where, until, reason, ...who, ...neighbours].join(' ');
}

function lineLine({ item, quantity, parameters }: FormLine): string {
  const said = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return `${item} x${quantity} ${said.join(',')}`;
}

function systemLine({ metadata, spec }: InformationSystem): string {
  const { level, mlps, dataClass, targetUsers, hosting, contact, disasterRecoveryGrade: grade, due } = spec;
  return [
    `${metadata.namespace}/${metadata.name}`,
    spec.name.zh,
    level,
    mlps.level,
    dataClass,
    targetUsers,
    hosting,
    contact.person,
    contact.phone,
    ...(grade > 0 ? [`grade=${grade}`] : []),
    ...(due === undefined ? [] : [`due=${due}`]),
    ...(spec.xinchuang === undefined ? [] : [spec.xinchuang ? 'xinchuang' : 'any']),
  ].join(' ');
}

function projectLine({ metadata, spec }: Project): string {
  const { title, approvalNumber, funding, budgetFen, from, until } = spec;
  const place = `${metadata.namespace}/${metadata.name}`;
  return [
    place,
    title.zh,
    approvalNumber,
    funding,
    budgetFen,
    from,
    until ?? '-',
    spec.systems.join(','),
  ].join(' ');
}

function stockLine(it: Stock): string {
  const parameters = Object.entries(it.parameters).map(([name, value]) => `${name}=${value}`);
  return [
    `${it.organization}/${it.system}`,
    it.item,
    parameters.join(','),
    `x${it.quantity}`,
    it.zone,
    it.arch,
    it.addresses ?? '-',
    it.openedOn,
    it.basis,
  ].join(' ');
}

function organizationLine({ metadata, spec }: Organization): string {
  const above = spec.parents.map(({ code, from }) => `${code}@${from}`).join(',');
  const budget = spec.budgetUnit ? 'budget' : '-';
  return [metadata.name, spec.name.zh, spec.type, above, budget, spec.aliases?.join(',') ?? '-'].join(' ');
}

async function read(table: Table, content: Buffer): Promise<Expected> {
  try {
    const { sheet } = await readSheet('file', content);
    const { layout, good, problems, skipped, unread, classified } = readers[table](sheet);
    return {
      ...(layout ? { header: [layout.headerRow, layout.lastHeaderRow] as const } : {}),
      good: good.map(({ row, value }) => `${row} ${value}`),
      problems: problems.map(({ code, where }) => `${code} ${where}`),
      skipped: skipped.map(({ row, why }) => `${row} ${why}`),
      unread,
      classified,
    };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

const files = readdirSync(FOLDER).filter((name) => !name.endsWith('.json'));

describe('an office’s file', () => {
  test.each(files)('%s', async (file) => {
    const { table, ...expected } = JSON.parse(
      readFileSync(join(FOLDER, `${file}.json`), 'utf8'),
    ) as Expected & {
      readonly table: Table;
    };
    const nothing = { good: [], problems: [], skipped: [], unread: [], classified: [] };
    expect(await read(table, readFileSync(join(FOLDER, file)))).toEqual(
      'refused' in expected ? expected : { ...nothing, ...expected },
    );
  });
});

test('the set is the one that cases.ts makes, and large', async () => {
  const all = await cases();
  expect(files).toEqual(all.map(({ file }) => file).toSorted());
  expect(files.length).toBeGreaterThanOrEqual(40);
  for (const { file, table, content, expected } of all) {
    expect(readFileSync(join(FOLDER, file)).equals(content), file).toBe(true);
    expect(JSON.parse(readFileSync(join(FOLDER, `${file}.json`), 'utf8'))).toEqual({ table, ...expected });
  }
});
