import { type InformationSystem, namespaceOf } from '../../api/v1alpha1/index.ts';
import { dataClasses, hostings, systemLevels } from '../../messages/cli-views.ts';
import type { OrganizationNames } from './names.ts';
import type { Sheet } from './sheet.ts';
import type { TableRow } from './row.ts';
import { readTable, type TableReading } from './table.ts';
import {
  choiceOf,
  readCount,
  readDeadline,
  readGrade,
  readId,
  readLine,
  readMlps,
  readXinchuang,
} from './values.ts';
import { DATA_CLASS_WORDS, HOSTING_WORDS, LEVEL_WORDS, SYSTEM_COLUMNS } from './vocabulary.ts';

const MOST_USERS = 100_000_000;
const readLevel = choiceOf(systemLevels, LEVEL_WORDS);
const readDataClass = choiceOf(dataClasses, DATA_CLASS_WORDS);
const readHosting = choiceOf(hostings, HOSTING_WORDS);

/** Reads a file of information systems, each in the namespace of its organisation. */
export function readSystems(sheet: Sheet, organizations: OrganizationNames): TableReading<InformationSystem> {
  return readTable(sheet, {
    columns: SYSTEM_COLUMNS,
    read: (row) => systemOf(row, organizations),
    key: ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
  });
}

function systemOf(
  row: TableRow<keyof typeof SYSTEM_COLUMNS>,
  organizations: OrganizationNames,
): InformationSystem | undefined {
  const line = (column: keyof typeof SYSTEM_COLUMNS) => row.optional(column, readLine(200), null);
  const id = row.cell('id', readId(63));
  const zh = row.cell('name', readLine(120));
  const organization = row.cell('organization', organizations.find);
  const level = row.cell('level', readLevel);
  const mlps = row.cell('mlps', readMlps);
  const filing = line('filing');
  const dataClass = row.cell('dataClass', readDataClass);
  const targetUsers = row.cell('users', (text) => readCount(text, row.unit('users'), MOST_USERS));
  const [chip, os, database] = [line('chip'), line('os'), line('database')];
  const xinchuang = row.optional('xinchuang', readXinchuang, null);
  const grade = row.optional('grade', readGrade, 0);
  const hosting = row.cell('hosting', readHosting);
  const person = row.cell('person', readLine(200));
  const phone = row.cell('phone', readLine(40));
  const [en, planRow] = [line('english'), line('planRow')];
  const due = row.optional('due', (text) => readDeadline(text, row.dateSystem), null);
  if (row.problems.length > 0 || !id || !zh || !organization || !level || !mlps || !dataClass)
    return undefined;
  if (targetUsers === undefined || grade === undefined || !hosting || !person || !phone) return undefined;
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'InformationSystem',
    metadata: { name: id, namespace: namespaceOf(organization) },
    spec: {
      name: { zh, ...(en ? { en } : {}) },
      classified: false,
      level,
      mlps: { level: mlps, ...(filing ? { filing } : {}) },
      dataClass,
      ...(xinchuang === null || xinchuang === undefined ? {} : { xinchuang }),
      targetUsers,
      platform: { ...(chip ? { chip } : {}), ...(os ? { os } : {}), ...(database ? { database } : {}) },
      disasterRecoveryGrade: grade,
      hosting,
      contact: { person, phone },
      ...(planRow ? { planRow } : {}),
      ...(due ? { due } : {}),
    },
  };
}

/** A system that is registered already, as a table says it: what the table has no column for stays as it is. */
export function updatedSystem(
  spec: InformationSystem['spec'],
  current: InformationSystem['spec'],
  columns: ReadonlySet<string>,
): InformationSystem['spec'] {
  const kept = <T>(column: keyof typeof SYSTEM_COLUMNS, value: T) =>
    columns.has(column) ? undefined : value;
  const { name, mlps, platform } = current;
  return {
    ...spec,
    name: { ...spec.name, en: spec.name.en ?? kept('english', name.en) },
    mlps: { ...spec.mlps, filing: spec.mlps.filing ?? kept('filing', mlps.filing) },
    platform: {
      chip: spec.platform.chip ?? kept('chip', platform.chip),
      os: spec.platform.os ?? kept('os', platform.os),
      database: spec.platform.database ?? kept('database', platform.database),
    },
    xinchuang: spec.xinchuang ?? kept('xinchuang', current.xinchuang),
    disasterRecoveryGrade: kept('grade', current.disasterRecoveryGrade) ?? spec.disasterRecoveryGrade,
    planRow: spec.planRow ?? kept('planRow', current.planRow),
    due: spec.due ?? kept('due', current.due),
  };
}
