import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InformationSystem, Organization } from '../../api/v1alpha1/index.ts';
import { namedOf, organizationNames } from './names.ts';
import { readOrganizations } from './organizations.ts';
import { readProjects } from './projects.ts';
import { type Merge, normal, plainSheet, type Sheet } from './sheet.ts';
import { againstEarlier } from './stock-again.ts';
import type { Stock } from './stock.ts';
import { readSystems, updatedSystem } from './systems.ts';
import { ORGANIZATION_COLUMNS, PROJECT_COLUMNS, STOCK_COLUMNS, SYSTEM_COLUMNS } from './vocabulary.ts';

function organization(
  code: string,
  type: Organization['spec']['type'],
  zh: string,
  parent?: string,
  aliases?: string[],
): Organization {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Organization',
    metadata: { name: code },
    spec: {
      name: { zh },
      ...(aliases ? { aliases } : {}),
      type,
      parents: parent ? [{ code: parent, from: '2019-01-01' }] : [],
      budgetUnit: true,
    },
  };
}

const ORGANIZATIONS = [
  organization('441500', 'city', '汕尾市'),
  organization('441500-jyj', 'department', '市教育局', '441500'),
  organization('441500-zsj', 'department', '市政务服务数据管理局', '441500', ['市政数局']),
  organization('441523', 'county', '陆河县', '441500'),
  organization('441523-jyj', 'department', '陆河县教育局', '441523'),
  organization('441523-hetian', 'town', '河田镇', '441523'),
  organization('441581', 'county', '陆丰市', '441500'),
  organization('441581-hetian', 'town', '河田镇', '441581'),
].map(namedOf);
const names = organizationNames(ORGANIZATIONS);

describe('an organisation', () => {
  it.each([
    ['441500-jyj', '441500-jyj'],
    ['市教育局', '441500-jyj'],
    ['汕尾市教育局', '441500-jyj'],
    ['教育局', '441500-jyj'],
    ['陆河县教育局', '441523-jyj'],
    ['市政数局', '441500-zsj'],
    ['政数局', '441500-zsj'],
    ['汕尾市政数局', '441500-zsj'],
    ['陆河', '441523'],
    ['汕尾市陆河县', '441523'],
    ['陆河县河田镇', '441523-hetian'],
    ['汕尾市陆丰市河田镇', '441581-hetian'],
  ])('%s is %s', (text, code) => {
    expect(names.find(text)).toEqual({ ok: true, value: code });
  });

  it('that may be several is refused with all of them', () => {
    expect(names.find('河田镇')).toMatchObject({
      code: 'E_CELL_ORGANIZATION_AMBIGUOUS',
      params: { candidates: '河田镇 441523-hetian、河田镇 441581-hetian' },
    });
  });

  it('that is none is refused with similar ones', () => {
    expect(names.find('市教育居')).toMatchObject({
      code: 'E_CELL_ORGANIZATION',
      params: { near: expect.stringContaining('市教育局 441500-jyj') },
    });
    expect(names.find('外星人管理局'.repeat(20_000))).toMatchObject({ params: { near: '-' } });
  });
});

const HEAD = ['标识', '名称', '所属单位', '层级', '等保级别', '数据分级', '用户数', '部署', '联系人', '电话'];
const GOOD = [
  'portal',
  '政务门户',
  '市教育局',
  '部门自建',
  '二级',
  '公开',
  '1.74万',
  '规划中',
  '王强',
  '0660-1',
];
const read = (rows: Sheet['rows'], merges: readonly Merge[] = []) =>
  readSystems({ ...plainSheet(rows), merges }, names);
const codesOf = (reading: ReturnType<typeof read>) =>
  reading.problems.map(({ code, where }) => `${code} ${where}`);
const with2 = (id: string, ...changes: [number, string][]) =>
  changes.reduce((row, [at, text]) => row.with(at, text), GOOD.with(0, id));

describe('a table', () => {
  it('begins at its header, under titles, whose unit counts', () => {
    const { layout, good, problems } = read([['政务信息系统汇总表'], [], ['填报单位：'], HEAD, GOOD]);
    expect(problems).toEqual([]);
    expect(layout).toEqual({ headerRow: 4, lastHeaderRow: 4, resultColumn: 10 });
    expect(good).toMatchObject([
      {
        row: 5,
        value: {
          metadata: { name: 'portal', namespace: 'gov-441500-jyj' },
          spec: { mlps: { level: 2 }, targetUsers: 17_400, hosting: 'planned' },
        },
      },
    ]);
  });

  it('may have a header of two rows, with and without merged cells', () => {
    const top = [...HEAD.slice(0, 8), '联系方式', ''];
    const below = ['', '', '', '', '', '', '', '', '联系人', '联系电话'];
    const merges = [
      ...HEAD.slice(0, 8).map((_, at) => ({ startRow: 0, startCol: at, endRow: 1, endCol: at })),
      { startRow: 0, startCol: 8, endRow: 0, endCol: 9 },
    ];
    for (const some of [merges, []]) {
      const { layout, good, problems } = read([top, below, GOOD], some);
      expect(problems).toEqual([]);
      expect(layout).toMatchObject({ headerRow: 1, lastHeaderRow: 2 });
      expect(good.map(({ row }) => row)).toEqual([3]);
    }
  });

  it('has columns that are called otherwise, with marks and units', () => {
    const head = [
      '系统编码*',
      '系统 名称',
      '责任单位',
      '建设层级',
      '等保等级（级）',
      '数据级别',
      '用户数（万人）',
      '部署方式',
      '负责人',
      '手机',
    ];
    const { good, problems } = read([head, GOOD.with(6, '1.74')]);
    expect(problems).toEqual([]);
    expect(good[0]?.value.spec.targetUsers).toBe(17_400);
  });

  it('skips what is none of its rows, and lists it', () => {
    const { good, problems, skipped } = read([
      HEAD,
      HEAD.map((_, at) => String(at + 1)),
      ['一、市直部门'],
      GOOD,
      [],
      HEAD,
      ['示例', ...GOOD.slice(1)],
      with2('two'),
      ['合 计', '', '', '', '', '', '3.48万'],
      ['3', '小计'],
      ['备注：本表一式三份'],
      ['填表人：王强', '', '', '审核人：林'],
      [],
      [],
    ]);
    expect(problems).toEqual([]);
    expect(good.map(({ row }) => row)).toEqual([4, 8]);
    expect(skipped.map(({ row, why }) => `${row} ${why}`)).toEqual([
      '2 numbering',
      '3 section',
      '5 blank',
      '6 header',
      '7 example',
      '9 total',
      '10 total',
      '11 note',
      '12 note',
    ]);
  });

  it('takes a cell merged downwards for each of its rows, unless it is an amount', () => {
    const down = (column: number) => ({ startRow: 1, startCol: column, endRow: 2, endCol: column });
    const rows = [HEAD, GOOD, with2('two', [2, ''], [6, '5'])];
    expect(read(rows, [down(2)]).good.map(({ value }) => value.metadata.namespace)).toEqual([
      'gov-441500-jyj',
      'gov-441500-jyj',
    ]);
    expect(codesOf(read([HEAD, GOOD, with2('two', [6, ''])], [down(6)]))).toEqual([
      'E_CELL_MERGED G2',
      'E_CELL_MERGED G2',
    ]);
  });

  it('takes a cell merged to the right for its first column alone', () => {
    const merge = { startRow: 1, startCol: 8, endRow: 1, endCol: 9 };
    expect(codesOf(read([HEAD, GOOD.with(9, '')], [merge]))).toEqual(['E_CELL_EMPTY I2']);
  });

  it('names both rows that are about the same', () => {
    expect(codesOf(read([HEAD, GOOD, GOOD]))).toEqual(['E_ROW_SAME 3']);
    const conflict = read([HEAD, GOOD, GOOD.with(4, '三级')]);
    expect(conflict.good).toEqual([]);
    expect(conflict.problems).toMatchObject([
      { code: 'E_ROW_CONFLICT', row: 2, params: { row: 2, other: 3 } },
      { code: 'E_ROW_CONFLICT', row: 3, params: { row: 3, other: 2 } },
    ]);
  });

  it('refuses what is not seen and what failed, and names the cell', () => {
    const reading = read([
      HEAD,
      with2('a', [1, '政务\u202e门户']),
      with2('b', [8, '王\u200b强']),
      with2('c', [6, '#REF!']),
      with2('d', [1, '门'.repeat(121)]),
      with2('e', [1, '门'.repeat(1e6)], [2, '局'.repeat(1e6)], [4, '级'.repeat(1e6)], [6, '1'.repeat(1e6)]),
    ]);
    expect(codesOf(reading)).toEqual([
      'E_CELL_UNSEEN B2',
      'E_CELL_UNSEEN I3',
      'E_CELL_ERROR G4',
      'E_CELL_LENGTH B5',
      'E_CELL_LENGTH B6',
      'E_CELL_ORGANIZATION C6',
      'E_CELL_MLPS E6',
      'E_CELL_COUNT G6',
    ]);
  });

  it('lays out names by line breaks and blanks that stand for nothing', () => {
    const { good } = read([
      HEAD,
      with2('a', [1, ' 政务\n服务  Portal\tone\u3000']),
      with2('b', [1, '（新）门户']),
    ]);
    expect(good.map(({ value }) => value.spec.name.zh)).toEqual(['政务服务 Portal one', '（新）门户']);
  });

  it.each([
    ['no header at all', [['a', 'b'], ['c']], ['E_TABLE_HEADER 1']],
    ['nothing', [], ['E_TABLE_HEADER 1']],
    ['a column missing', [HEAD.with(4, '别的'), GOOD], ['E_TABLE_COLUMN 1']],
    ['a column twice', [[...HEAD, '电话'], GOOD], ['E_TABLE_COLUMN_TWICE 1']],
  ])('with %s is refused', (_, rows, codes) => {
    const reading = read(rows);
    expect(reading.good).toEqual([]);
    expect(codesOf(reading)).toEqual(codes);
  });

  it('reads of two columns that mean the same the one whose name stands earlier, and says so', () => {
    const { good, unread } = read([
      [...HEAD, '使用单位', '序号'],
      [...GOOD, '没有的单位', '1'],
    ]);
    expect(good).toHaveLength(1);
    expect(unread).toEqual(['K1']);
  });

  it('has its results where they were last time', () => {
    const { layout, good } = read([
      ['导入结果', ...HEAD],
      ['未导入：旧', ...GOOD],
    ]);
    expect(layout?.resultColumn).toBe(0);
    expect(good).toHaveLength(1);
  });
});

describe('a classified row', () => {
  const SECRET = '绝不能出现的标题';
  const head = [...HEAD, '密级'];

  it.each([
    ['by its column', [[head, [...GOOD.with(1, SECRET), '是']]]],
    ['by a level', [[head, [...GOOD.with(1, SECRET), '机密']]]],
    ['by a word in any cell', [[head, [...GOOD.with(1, `${SECRET}（涉密）`), '否']]]],
    ['by a heading above it', [[head, ['二、涉密系统'], [...GOOD.with(1, SECRET), '']]]],
    ['in a column of its own beyond the table', [[HEAD, [...GOOD.with(1, SECRET), '秘密★5年']]]],
  ])('marked %s is refused by its number alone', (_, [rows = []]) => {
    const reading = read(rows);
    expect(reading.good).toEqual([]);
    expect(reading.classified).toContain(rows.length);
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  it('is every row that a marked cell is merged into', () => {
    const rows = [
      [...HEAD, '备注'],
      [...with2('a', [1, `${SECRET}（绝密）`]), ''],
      [...with2('b', [1, '']), ''],
      [...with2('c'), '秘密'],
      [...with2('d'), ''],
    ];
    const down = (row: number, column: number) => ({
      startRow: row,
      startCol: column,
      endRow: row + 1,
      endCol: column,
    });
    const reading = read(rows, [down(1, 1), down(3, 10)]);
    expect(reading.good).toEqual([]);
    expect(reading.classified).toEqual([2, 3, 4, 5]);
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });

  it('ends with its section', () => {
    const reading = read([HEAD, ['一、涉密系统'], with2('a'), ['二、其他系统'], with2('b')]);
    expect(reading.good.map(({ row }) => row)).toEqual([5]);
    expect(reading.classified).toEqual([2, 3]);
  });

  it('is not one that says so', () => {
    const reading = read([
      [...HEAD, '密级'],
      [...GOOD, '非涉密'],
      [...with2('b'), '公开'],
      [...with2('c'), '无'],
    ]);
    expect(codesOf(reading)).toEqual([]);
    expect(reading.good).toHaveLength(3);
  });

  it('makes the whole table so when the marking stands above it, but not when a form speaks of secrets', () => {
    expect(codesOf(read([['机密★10年'], HEAD, GOOD]))).toEqual(['E_TABLE_CLASSIFIED 1']);
    expect(codesOf(read([['密级：秘密'], HEAD, GOOD]))).toEqual(['E_TABLE_CLASSIFIED 1']);
    const form = read([['说明：涉密系统不得填入本表'], HEAD, GOOD, ['备注：另有机密系统某某']]);
    expect(form).toMatchObject({ problems: [], skipped: [{ row: 4, why: 'note' }], classified: [1, 4] });
    expect(form.good).toHaveLength(1);
  });

  it('gives no title of a system or project that is not registered', () => {
    const rows = [
      ['标识', '名称', '单位', '批复文号', '资金来源', '预算', '开始日期', '系统'],
      ['p', SECRET.repeat(20), '没有的单位', '1号', '市财政', '1元', '2020-01-01', SECRET],
    ];
    const reading = readProjects(plainSheet(rows), { organizations: names, systems: new Map() });
    expect(reading.problems.map(({ code }) => code)).toEqual([
      'E_CELL_LENGTH',
      'E_CELL_ORGANIZATION',
      'E_CELL_SYSTEM',
    ]);
    expect(JSON.stringify(reading)).not.toContain(SECRET);
  });
});

describe('projects', () => {
  const head = [
    '项目编码',
    '项目名称',
    '申报单位',
    '批复文号',
    '资金来源',
    '预算',
    '开始日期',
    '完成时限',
    '所含系统',
  ];
  const row = [
    'p-1',
    '教育信息化',
    '教育局',
    '汕政数〔2021〕1号',
    '市级财政',
    '460',
    '2021.1.5',
    '2023年12月底前',
    '门户、portal',
  ];
  const systems = new Map(
    ['portal', '门户'].map((key) => [key, [{ organization: '441500-jyj', system: 'portal' }]]),
  );
  const lookup = { organizations: names, systems };

  it('have a budget whose unit is said above the table', () => {
    const reading = readProjects(plainSheet([['汇总表', '', '单位：万元'], head, row]), lookup);
    expect(reading.problems).toEqual([]);
    expect(reading.good[0]?.value).toMatchObject({
      metadata: { name: 'p-1', namespace: 'gov-441500-jyj' },
      spec: { budgetFen: 460_000_000, from: '2021-01-05', until: '2023-12-31', systems: ['portal'] },
    });
  });

  it('have no end before they begin, and no budget without a unit', () => {
    const reading = readProjects(plainSheet([head, row.with(7, '2020年底')]), lookup);
    expect(reading.problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'E_CELL_MONEY_UNIT F2',
      'E_CELL_DATE_ORDER H2',
    ]);
  });
});

describe('what is registered already', () => {
  const current = read([
    [...HEAD, '备案号', '芯片', '灾备等级', '期限', '信创'],
    [...GOOD, '粤A-1', '鲲鹏', '3', '2026-12', '是'],
  ]).good[0]?.value.spec as InformationSystem['spec'];
  const updated = (rows: Sheet['rows']) => {
    const { good, columns } = read(rows);
    return updatedSystem(good[0]?.value.spec as InformationSystem['spec'], current, columns);
  };

  it('keeps what a table has no column for, and loses what a table says is empty', () => {
    expect(updated([HEAD, GOOD.with(8, '林育才')])).toEqual({
      ...current,
      contact: { person: '林育才', phone: '0660-1' },
    });
    expect(
      updated([
        [...HEAD, '备案号', '芯片', '灾备等级', '信创'],
        [...GOOD, '', '飞腾', '', ''],
      ]),
    ).toEqual({
      ...current,
      mlps: { level: 2 },
      platform: { chip: '飞腾' },
      disasterRecoveryGrade: 0,
      xinchuang: undefined,
    });
  });
});

describe('organisations', () => {
  const head = ['单位代码', '单位名称', '简称', '类型', '上级单位', '成立日期', '是否预算单位'];

  it('may stand under others of the same file', () => {
    const rows = [
      head,
      ['441523-wjj', '陆河县卫生健康局', '县卫健局，陆河卫健局', '局', '陆河县', '2019年3月1日', '是'],
      ['441523-yy', '陆河县人民医院', '', '事业单位', '县卫健局', '2019/3/1', '√'],
    ];
    const reading = readOrganizations(plainSheet(rows), ORGANIZATIONS);
    expect(reading.problems).toEqual([]);
    expect(reading.good.map(({ value }) => value.spec)).toMatchObject([
      {
        aliases: ['县卫健局', '陆河卫健局'],
        type: 'department',
        parents: [{ code: '441523', from: '2019-03-01' }],
      },
      { parents: [{ code: '441523-wjj', from: '2019-03-01' }] },
    ]);
  });

  it('have something above them, unless they are the city', () => {
    const rows = [
      head,
      ['a1', '甲局', '', '部门', '', '', '是'],
      ['a2', '乙市', '', '市', '汕尾市', '2019-01-01', '是'],
      ['a3', '丙局', '', '部门', 'a3', '2019-01-01', '是'],
    ];
    const { problems } = readOrganizations(plainSheet(rows), ORGANIZATIONS);
    expect(problems.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'E_ORGANIZATION_KIND E2',
      'E_ORGANIZATION_KIND E3',
      'E_ORGANIZATION_KIND E4',
    ]);
  });
});

describe('stock that is handed in again', () => {
  const stock = (over: Partial<Stock> = {}): Stock => ({
    organization: '441523',
    system: 'portal',
    item: 'vm',
    parameters: { vcpu: 8 },
    quantity: 4,
    zone: 'extranet',
    arch: 'amd64',
    openedOn: '2020-01-01',
    basis: '1号',
    ...over,
  });
  const earlier = (name: string, rows: Stock[], state?: 'Rejected' | 'Opened', refused: number[] = []) => ({
    apiVersion: 'govcloud.dev/v1alpha1' as const,
    kind: 'StockImport' as const,
    metadata: { name: `stock-${name}` },
    spec: {
      requester: 'x',
      file: { name, sm3: '', rows: 9 },
      rows: rows.map((row, at) => ({ row: at + 2, ...row })),
    },
    ...(state
      ? { status: { state, rows: refused.map((row) => ({ row, result: 'Refused' as const })) } }
      : {}),
  });
  const again = (rows: Stock[], imports: ReturnType<typeof earlier>[], file = 'stock.csv') => {
    const result = againstEarlier(
      rows.map((value, at) => ({ row: at + 2, value })),
      imports,
      file,
    );
    return {
      fresh: result.fresh.map(({ row }) => row),
      known: result.known.map(({ row }) => row),
      changed: result.problems.map(
        ({ row, params }) => `${row} ${String(params['import'])} ${String(params['other'])}`,
      ),
    };
  };
  const other = stock({ system: 'other' });

  it('is known whatever the file is called, and what is new is new', () => {
    const before = [earlier('stock.csv', [stock()])];
    expect(again([stock()], before)).toEqual({ fresh: [], known: [2], changed: [] });
    expect(again([other, stock()], before, 'x.csv')).toEqual({ fresh: [2], known: [3], changed: [] });
  });

  it('is refused where a file of the same name says otherwise than before', () => {
    const before = [earlier('stock.csv', [stock()])];
    expect(again([stock({ basis: '2号' })], before).changed).toEqual(['2 stock-stock.csv 2']);
    expect(again([stock({ quantity: 5 })], before, 'x.csv').changed).toEqual(['2 stock-stock.csv 2']);
    // Another row at that place, while the one from before has only moved.
    expect(again([other, stock()], before)).toEqual({ fresh: [2], known: [3], changed: [] });
    expect(again([stock(), stock({ quantity: 5 })], before)).toEqual({ fresh: [3], known: [2], changed: [] });
  });

  it('may come once more after it was rejected or refused', () => {
    for (const before of [
      earlier('stock.csv', [stock()], 'Rejected'),
      earlier('stock.csv', [stock()], 'Opened', [2]),
    ])
      expect(again([stock({ quantity: 5 })], [before])).toEqual({ fresh: [2], known: [], changed: [] });
  });
});

it('no name of a column means two columns of one table', () => {
  for (const columns of [SYSTEM_COLUMNS, PROJECT_COLUMNS, STOCK_COLUMNS, ORGANIZATION_COLUMNS]) {
    const all = Object.values(columns).flatMap(({ names }) => [...new Set(names.map(normal))]);
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  }
});

it('whatever a sheet holds, each row of it is taken, refused, or skipped', () => {
  const words = fc.constantFrom('', '合计', '备注：', '标识', '一、', '机密', ...GOOD, ...HEAD);
  const cells = fc.array(fc.oneof(words, fc.string({ unit: 'binary' })), { maxLength: 12 });
  const merges = fc.array(
    fc.tuple(fc.nat(8), fc.nat(12), fc.nat(3), fc.nat(3)).map(([row, column, down, right]) => ({
      startRow: row,
      startCol: column,
      endRow: row + down,
      endCol: column + right,
    })),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(fc.array(cells, { maxLength: 8 }), merges, (body, some) => {
      const { good, problems, skipped, layout } = read([HEAD, ...body], some);
      if (!layout) {
        expect(good).toEqual([]);
        return;
      }
      const told = new Set([...good, ...problems, ...skipped].map(({ row }) => row));
      const last = body.findLastIndex((row) => row.some((text) => text.trim() !== ''));
      for (let row = layout.lastHeaderRow + 1; row <= last + 2; row++)
        expect(told, String(row)).toContain(row);
    }),
    { seed: 441500, numRuns: 100 },
  );
});
