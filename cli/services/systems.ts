import type { InformationSystem } from '../../api/v1alpha1/index.ts';
import { dataClasses, hostings, systemLevels } from '../../messages/cli-views.ts';
import { isKubeError, KubeError } from '../../kube/errors.ts';
import type { Stored } from '../../kube/types.ts';
import { cliErrors } from '../../messages/cli.ts';
import { type Message, type MessageParams, renderBoth } from '../../messages/index.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { columnLetters, readSheet } from './sheet.ts';

type Spec = InformationSystem['spec'];

export interface SystemsOutcome {
  readonly systems: readonly Stored<InformationSystem>[];
  readonly created: number;
  readonly changed: number;
  readonly same: number;
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    readonly where: string;
    readonly row: number;
  }[];
}

/** Columns of the file: whether they must be filled. Others may stand in it and are passed over. */
const COLUMNS = {
  标识: true,
  名称: true,
  所属组织: true,
  层级: true,
  等保级别: true,
  数据分级: true,
  用户数: true,
  部署: true,
  联系人: true,
  电话: true,
  备案号: false,
  芯片: false,
  操作系统: false,
  数据库: false,
  灾备等级: false,
  英文名称: false,
  规划出处: false,
  期限: false,
  涉密: false,
} as const;
type Name = keyof typeof COLUMNS;

type Problem = SystemsOutcome['problems'][number];

/**
 * Registers the systems of a CSV or .xlsx file in the namespaces of their organisations: new ones are created,
 * changed ones updated, others left alone. Classified rows are refused by their number before anything is sent;
 * bad rows are named with their cell and the good ones go in.
 */
export async function importSystems(
  hub: Hub,
  file: string,
  content: Buffer,
  dryRun = false,
): Promise<SystemsOutcome> {
  const sheet = await readSheet(file, content);
  const { systems, problems } = parseSystems(sheet);
  if (systems.length === 0 && problems.length === 0) throw new CliError('E_IMPORT_EMPTY', { file });
  const done: Stored<InformationSystem>[] = [];
  const refused: Problem[] = [];
  const counts = { created: 0, changed: 0, same: 0 };
  for (const { row, system } of systems) {
    try {
      const { object, what } = await register(hub, system, dryRun);
      done.push(object);
      counts[what] += 1;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // The server's sentence may repeat what it was sent, but never a title: admission sees to that.
      refused.push({ code: error.code, message: error.message, where: String(row), row });
    }
  }
  return { systems: done, ...counts, problems: [...problems, ...refused] };
}

async function register(
  hub: Hub,
  system: InformationSystem,
  dryRun: boolean,
): Promise<{ object: Stored<InformationSystem>; what: 'created' | 'changed' | 'same' }> {
  try {
    const current = await hub.client.get<InformationSystem>(kinds.informationSystems, system.metadata);
    const { sameJson } = await import('../../domain/same.ts');
    if (sameJson(current.spec, system.spec)) return { object: current, what: 'same' };
    const next = { ...current, spec: system.spec };
    return { object: await hub.client.update(kinds.informationSystems, next, { dryRun }), what: 'changed' };
  } catch (error) {
    if (!isKubeError(error, 'E_API_NOT_FOUND')) throw error;
  }
  return {
    object: await hub.client.create<InformationSystem>(kinds.informationSystems, system, { dryRun }),
    what: 'created',
  };
}

/** Reads the table; nothing of a classified row leaves this function but its number. */
export function parseSystems(sheet: readonly (readonly string[])[]): {
  readonly systems: readonly { readonly row: number; readonly system: InformationSystem }[];
  readonly problems: readonly Problem[];
} {
  const header = (sheet[0] ?? []).map((text) => text.trim());
  const columns = (Object.keys(COLUMNS) as Name[]).filter((name) => COLUMNS[name]);
  const missing = columns.filter((name) => header.filter((text) => text === name).length !== 1);
  if (missing.length > 0) {
    const list = columns.join('、');
    return {
      systems: [],
      problems: missing.map((column) => problem('E_SYSTEM_COLUMN', { column, columns: list }, '1', 1)),
    };
  }
  const systems: { row: number; system: InformationSystem }[] = [];
  const problems: Problem[] = [];
  sheet.slice(1).forEach((cells, index) => {
    if (cells.every((text) => text.trim() === '')) return;
    const row = index + 2;
    const result = parseRow(row, header, cells);
    problems.push(...result.problems);
    if (result.system) systems.push({ row, system: result.system });
  });
  return { systems, problems };
}

function problem(code: keyof typeof cliErrors, params: MessageParams, where: string, row: number): Problem {
  return { code, message: renderBoth(cliErrors[code], params), where, row };
}

const UNCLASSIFIED = new Set(['', '否', '非密', '非涉密', '不涉密']);
const MARKING = /(?<![非不])涉密|绝密|机密|秘密/;

function parseRow(
  row: number,
  header: readonly string[],
  cells: readonly string[],
): { readonly system?: InformationSystem; readonly problems: readonly Problem[] } {
  const text = (name: Name) => (cells[header.indexOf(name)] ?? '').trim();
  const marked = header.includes('涉密') && !UNCLASSIFIED.has(text('涉密'));
  if (marked || cells.some((cell) => MARKING.test(cell.normalize('NFKC').replaceAll(/\s/g, '')))) {
    return { problems: [problem('E_SYSTEM_CLASSIFIED', { row }, String(row), row)] };
  }
  const problems: Problem[] = [];
  const fault = (name: Name, what: Message): undefined => {
    const cell = `${columnLetters(header.indexOf(name))}${row}`;
    problems.push(problem('E_SYSTEM_CELL', { cell, column: name, problem: what }, cell, row));
  };
  const filled = (name: Name, form: RegExp, what: Message) => {
    const value = text(name);
    return form.test(value) ? value : fault(name, value === '' ? EMPTY : what);
  };
  const optional = (name: Name) => text(name).slice(0, 200) || undefined;
  const choice = <K extends string>(name: Name, words: Readonly<Record<K, Message>>): K | undefined => {
    const value = text(name);
    const found = (Object.keys(words) as K[]).find((key) => key === value || words[key].zh === value);
    const known = Object.values<Message>(words)
      .map(({ zh }) => zh)
      .join('、');
    return (
      found ?? fault(name, value === '' ? EMPTY : { zh: `应为 ${known}`, en: `must be one of ${known}` })
    );
  };
  const name = filled('标识', /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
    zh: '应为小写字母、数字和连字符',
    en: 'must be lower-case letters, digits and hyphens',
  });
  const organization = filled('所属组织', /^[a-z0-9][-a-z0-9]{1,39}$/, {
    zh: '应为组织代码',
    en: 'must be an organisation’s code',
  });
  const title = filled('名称', /^.{1,120}$/s, { zh: '最长 120 个字符', en: 'has at most 120 characters' });
  const mlps = filled('等保级别', /^[1-4]$/, { zh: '应为 1 到 4', en: 'must be 1 to 4' });
  const users = filled('用户数', /^\d{1,9}$/, { zh: '应为整数', en: 'must be an integer' });
  const person = filled('联系人', /^.{1,200}$/s, { zh: '最长 200 个字符', en: 'has at most 200 characters' });
  const phone = filled('电话', /^.{1,40}$/s, { zh: '最长 40 个字符', en: 'has at most 40 characters' });
  const level = choice('层级', systemLevels);
  const dataClass = choice('数据分级', dataClasses);
  const hosting = choice('部署', hostings);
  const grade =
    text('灾备等级') === ''
      ? '0'
      : filled('灾备等级', /^[0-6]$/, { zh: '应为 0 到 6', en: 'must be 0 to 6' });
  const all =
    name &&
    organization &&
    title &&
    mlps &&
    users &&
    person &&
    phone &&
    level &&
    dataClass &&
    hosting &&
    grade;
  if (problems.length > 0 || !all) return { problems };
  const spec: Spec = {
    name: { zh: title, ...(optional('英文名称') ? { en: optional('英文名称') } : {}) },
    classified: false,
    level,
    mlps: { level: Number(mlps), ...(optional('备案号') ? { filing: optional('备案号') } : {}) },
    dataClass,
    targetUsers: Number(users),
    platform: Object.fromEntries(
      Object.entries({
        chip: optional('芯片'),
        os: optional('操作系统'),
        database: optional('数据库'),
      }).filter(([, value]) => value !== undefined),
    ),
    disasterRecoveryGrade: Number(grade),
    hosting,
    contact: { person, phone },
    ...(optional('规划出处') ? { planRow: optional('规划出处') } : {}),
    ...(optional('期限') ? { due: optional('期限') } : {}),
  };
  return {
    system: {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'InformationSystem',
      metadata: { name, namespace: `gov-${organization}` },
      spec,
    },
    problems,
  };
}

const EMPTY: Message = { zh: '为空', en: 'is empty' };
