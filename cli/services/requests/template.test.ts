import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import { expect, test } from 'vitest';
import type {
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
} from '../../../api/v1alpha1/index.ts';
import { readRequestForm } from '../../../domain/office/request.ts';
import { stockLookup } from '../../../domain/office/stock.ts';
import { allocation } from '../../../domain/testing/requests.ts';
import { loadCity } from '../../../stacks/city.ts';
import { readSheet } from '../sheet.ts';
import { formWorkbook } from './template.ts';

const { manifests } = loadCity(join(import.meta.dirname, '../../../stacks/shanwei'));
const of = <T>(kind: string) => manifests.filter((it) => it.kind === kind) as unknown as readonly T[];
const ofBureau = <T extends { readonly metadata: { readonly namespace?: string | undefined } }>(
  kind: string,
) => of<T>(kind).filter(({ metadata }) => metadata.namespace === 'gov-441500-jyj');
const systems = ofBureau<InformationSystem>('InformationSystem');
const projects = ofBureau<Project>('Project');
const items = of<CatalogItem>('CatalogItem');
const clusters = of<MemberCluster>('MemberCluster');
const granted = (name: string, spec: Parameters<typeof allocation>[0] = {}) =>
  allocation({ system: 'zhihui-jiaoyu', ...spec }, undefined, { name });
const allocations = [
  granted('zy-2026-000102-db', { item: 'postgresql', quantity: 1 }),
  granted('zy-2026-000101-vm'),
  granted('zy-2026-000100-old', { released: true }),
];
const choices = { unit: '市教育局', systems, projects, items, clusters, allocations };
const lookup = {
  ...stockLookup(systems, items, clusters, of<Organization>('Organization')),
  projects,
  allocations: allocations.map(({ metadata, spec }) => ({
    name: metadata.name,
    serial: spec.request.serial,
    system: spec.system,
  })),
  xinchuang: new Set<string>(),
};

const template = async () => Buffer.from(await formWorkbook(choices));

/** The template with cells filled in, by their addresses. */
async function filled(cells: Readonly<Record<string, string>>) {
  const { sheet } = await readSheet('form.xlsx', await template());
  const rows = sheet.rows.map((row) => [...row]);
  for (const [address, text] of Object.entries(cells)) {
    const row = rows[Number(address.slice(1)) - 1] as string[];
    row[address.charCodeAt(0) - 65] = text;
  }
  return readRequestForm({ ...sheet, rows }, lookup);
}

const FILLED = {
  D3: '智慧教育服务系统',
  B4: '市教育局政务信息化服务（2021）',
  D4: '政务外网区',
  D5: '2027-12-31',
  B6: '王强',
  D6: '0660-3383001',
  B7: '李敏',
  D8: '否',
  B9: 'zy-2026-000101-vm',
  D9: 'zy-2026-000101-vm、zy-2026-000102-db',
  B10: '教育平台扩容',
  B13: '云主机',
  C13: '8核/16GB/200GB',
  D13: '2',
};

test('a form that was filled in is read by the names that it carries itself', async () => {
  expect(await filled(FILLED)).toEqual({
    form: {
      organization: '441500-jyj',
      unit: '市教育局',
      system: 'zhihui-jiaoyu',
      project: 'jyj-2021',
      zone: 'extranet',
      arch: undefined,
      recoveryOf: ['zy-2026-000101-vm'],
      apartFrom: ['zy-2026-000101-vm', 'zy-2026-000102-db'],
      until: '2027-12-31',
      reason: '教育平台扩容',
      person: '王强',
      phone: '0660-3383001',
      reviewer: '李敏',
      account: undefined,
      lines: [{ item: 'vm', quantity: 2, parameters: { vcpu: 8, memoryGiB: 16, diskGiB: 200 } }],
    },
    problems: [],
    skipped: expect.arrayContaining([{ row: 12, why: 'example' }]),
    unread: [],
  });
});

test('an empty form says what is missing, each cell by its address', async () => {
  const { form, problems } = await filled({});
  expect(form).toBeUndefined();
  expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
    'E_CELL_EMPTY D3',
    'E_CELL_EMPTY B4',
    'E_CELL_EMPTY D4',
    'E_CELL_EMPTY D5',
    'E_CELL_EMPTY B10',
    'E_CELL_EMPTY B6',
    'E_CELL_EMPTY D6',
    'E_CELL_EMPTY B7',
    'E_FORM_LINES 11',
  ]);
});

test('its lists offer what its reader takes, from a sheet that is not read', async () => {
  const { sheets } = await readXlsx(await template());
  const [form, lists] = sheets;
  const offered = Object.fromEntries(
    (form?.dataValidations ?? [])
      .filter(({ type }) => type === 'list')
      .map(({ range, formula1 = '' }) => {
        const [, column = '', last = ''] = /!\$([A-K])\$2:\$[A-K]\$(\d+)$/.exec(formula1) ?? [];
        const at = column.charCodeAt(0) - 65;
        return [range, (lists?.rows ?? []).slice(1, Number(last)).map((row) => row[at])];
      }),
  );
  expect(offered).toEqual({
    'D3:D3': ['智慧教育服务系统'],
    'B4:B4': ['市教育局政务信息化服务（2021）'],
    'D4:D4': ['互联网区', '政务外网区'],
    'B5:B5': ['不限', 'amd64（x86）', 'arm64（ARM）'],
    'D8:D8': ['是', '否'],
    'B9:B9': ['zy-2026-000101-vm', 'zy-2026-000102-db'],
    'D9:D9': ['zy-2026-000101-vm', 'zy-2026-000102-db'],
    'B13:B22': expect.arrayContaining(['云主机', '云数据库 PostgreSQL']),
  });
  for (const arch of offered['B5:B5'] ?? [])
    expect((await filled({ ...FILLED, B5: String(arch) })).problems).toEqual([]);
});

test('of systems that share a title the list has the ids', async () => {
  const [system] = systems as [InformationSystem];
  const twin = { ...system, metadata: { ...system.metadata, name: 'twin' } };
  const { sheets } = await readXlsx(Buffer.from(await formWorkbook({ ...choices, systems: [system, twin] })));
  expect(sheets[1]?.rows.slice(1, 3).map(([first]) => first)).toEqual(['twin', 'zhihui-jiaoyu']);
});

test('a title that a spreadsheet would compute stays a text', async () => {
  const [system] = systems as [InformationSystem];
  const named = { ...system, spec: { ...system.spec, name: { zh: '=1+1' } } };
  const { sheets } = await readXlsx(Buffer.from(await formWorkbook({ ...choices, systems: [named] })), {
    readStyles: true,
  });
  expect(sheets[1]?.rows[1]?.[0]).toBe('=1+1');
  expect(sheets[1]?.cells?.get('1,0')?.formula).toBeUndefined();
});
