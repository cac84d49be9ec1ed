import { type Cell, type CellStyle, writeXlsx } from 'hucre/xlsx';
import { encodeGb18030 } from '../../cli/services/sheet-copy.ts';
import { Random } from '../../domain/testing/random.ts';

/**
 * Office files, ugly on purpose, each with what must be read from it, written down by hand. `make.ts` writes both into
 * `office/`; `office.test.ts` reads them and sees that they are still what is made here.
 */

export type Table = 'systems' | 'projects' | 'stock' | 'organizations' | 'requests';

/** What must be read. A file that is none is refused with a code. */
export type Expected =
  | { readonly refused: string }
  | {
      /** First and last row of the header; a form is read as a whole, and has none here. */
      readonly header?: readonly [number, number];
      /** `row what it is`, as `office.test.ts` says it. */
      readonly good?: readonly string[];
      /** `code cell` */
      readonly problems?: readonly string[];
      /** `row why` */
      readonly skipped?: readonly string[];
      readonly unread?: readonly string[];
      readonly classified?: readonly number[];
    }
  | { readonly problems: readonly string[] };

export interface Case {
  readonly file: string;
  readonly table: Table;
  readonly content: Uint8Array;
  readonly expected: Expected;
}

type Value = string | number | boolean | Date | null;
type Rows = readonly (readonly Value[])[];

// ---- How files are made

const lines = (rows: Rows, delimiter = ',', end = '\r\n') =>
  rows.map((row) => row.map((it) => quoted(String(it ?? ''), delimiter)).join(delimiter) + end).join('');
const quoted = (text: string, delimiter: string) =>
  /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
const utf8 = (rows: Rows) => Buffer.from(lines(rows));
const utf8Bom = (rows: Rows) => Buffer.from(`\ufeff${lines(rows)}`);
const gb18030 = (rows: Rows) => encodeGb18030(lines(rows));

interface Extra {
  /** `A1:C2`, by row and column from 0. */
  readonly merges?: readonly (readonly [number, number, number, number])[];
  readonly styles?: Readonly<Record<string, CellStyle>>;
  readonly dateSystem?: '1900' | '1904';
  /** Sheets before the one with the table. */
  readonly before?: readonly { readonly name: string; readonly rows: Rows; readonly hidden: boolean }[];
  readonly formulas?: Readonly<Record<string, readonly [string, Value]>>;
}

const xlsx = (rows: Rows, { merges = [], styles = {}, dateSystem, before = [], formulas = {} }: Extra = {}) =>
  writeXlsx({
    sheets: [
      ...before.map((it) => ({ name: it.name, rows: it.rows.map((row) => [...row]), hidden: it.hidden })),
      {
        name: 'Sheet1',
        rows: rows.map((row) => [...row]),
        merges: merges.map(([startRow, startCol, endRow, endCol]) => ({
          startRow,
          startCol,
          endRow,
          endCol,
        })),
        cells: new Map<string, Partial<Cell>>([
          ...Object.entries(styles).map(([key, style]) => {
            const [row = 0, column = 0] = key.split(',').map(Number);
            return [key, { value: rows[row]?.[column] ?? null, style }] as const;
          }),
          ...Object.entries(formulas).map(
            ([key, [formula, value]]) =>
              [key, { type: 'formula', formula, formulaResult: value, value }] as const,
          ),
        ]),
      },
    ],
    ...(dateSystem ? { dateSystem } : {}),
    properties: { created: new Date(0), modified: new Date(0) },
  });

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const DATE = { numFmt: 'yyyy"年"m"月"d"日"' };

// ---- What stands in them

const SYSTEM_HEAD = [
  '标识',
  '名称',
  '所属组织',
  '层级',
  '等保级别',
  '数据分级',
  '用户数',
  '部署',
  '联系人',
  '电话',
];
const PORTAL = [
  'portal',
  '政务门户',
  '441500-jyj',
  '部门自建',
  '2',
  '公开',
  '5000',
  '规划中',
  '王强',
  '0660-1',
];
const PORTAL_READ = 'gov-441500-jyj/portal 政务门户 department 2 public 5000 planned 王强 0660-1';
/** Another system: its id, and cells by column. */
const like = (id: string, cells: Readonly<Record<number, Value>> = {}): Value[] =>
  PORTAL.map((it, at) => (at === 0 ? id : (cells[at] ?? it)));
const readLike = (id: string, ...changes: readonly (readonly [string, string])[]) =>
  changes.reduce((text, [from, to]) => text.replace(from, to), PORTAL_READ.replace('/portal', `/${id}`));

const STOCK_HEAD = ['系统', '服务', '规格', '数量', '区域', '架构', 'IP', '开通日期', '依据文号'];
const MACHINE = [
  '智慧教育服务系统',
  '云主机',
  '8核/32GB/200GB',
  '4',
  '政务外网区',
  'amd64',
  '10.36.9.1-10.36.9.4',
  '2020-06-30',
  '汕政数〔2020〕6号',
];
const MACHINE_READ =
  '441500-jyj/zhihui-jiaoyu vm vcpu=8,memoryGiB=32,diskGiB=200 x4 extranet amd64 10.36.9.1-10.36.9.4 2020-06-30 汕政数〔2020〕6号';
const stock = (cells: Readonly<Record<number, Value>>): Value[] => MACHINE.map((it, at) => cells[at] ?? it);
const readStock = (...changes: readonly (readonly [string, string])[]) =>
  changes.reduce((text, [from, to]) => text.replace(from, to), MACHINE_READ);

const PROJECT_HEAD = [
  '标识',
  '项目名称',
  '申报单位',
  '批复文号',
  '资金来源',
  '预算（万元）',
  '开始日期',
  '结束日期',
  '系统',
];
const PROJECT = [
  'jyj-2026',
  '教育信息化',
  '市教育局',
  '汕政数〔2026〕1号',
  '市财政',
  '460',
  '2026-01-05',
  '2026年12月底前',
  '智慧教育服务系统',
];
const PROJECT_READ =
  'gov-441500-jyj/jyj-2026 教育信息化 汕政数〔2026〕1号 city-finance 460000000 2026-01-05 2026-12-31 zhihui-jiaoyu';
const project = (cells: Readonly<Record<number, Value>>): Value[] => PROJECT.map((it, at) => cells[at] ?? it);

const ORGANIZATION_HEAD = ['单位代码', '单位名称', '简称', '类型', '上级单位', '成立日期', '是否预算单位'];
const HOSPITAL = ['441500-yy', '市人民医院', '市医院', '事业单位', '市卫健局', '2019年3月1日', '是'];
const HOSPITAL_READ = '441500-yy 市人民医院 department 441500-wjj@2019-03-01 budget 市医院';

/** All cases, the same each time. */
export async function cases(): Promise<readonly Case[]> {
  return [
    ...(await systemCases()),
    ...(await layoutCases()),
    ...(await stockCases()),
    ...(await projectCases()),
    ...(await organizationCases()),
    ...(await refusedCases()),
    ...(await requestCases()),
  ];
}

async function systemCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'systems',
    content,
    expected,
  });
  const plain = { header: [1, 1], good: [`2 ${PORTAL_READ}`] } as const;
  return [
    of('01-utf8.csv', utf8([SYSTEM_HEAD, PORTAL]), plain),
    of('02-utf8-bom.csv', utf8Bom([SYSTEM_HEAD, PORTAL]), plain),
    of('03-gb18030.csv', gb18030([SYSTEM_HEAD, PORTAL, like('rare', { 1: '㑇𠮷镕平台' })]), {
      header: [1, 1],
      good: [`2 ${PORTAL_READ}`, `3 ${readLike('rare', ['政务门户', '㑇𠮷镕平台'])}`],
    }),
    of('04-tabs-unix.csv', Buffer.from(lines([SYSTEM_HEAD, PORTAL], '\t', '\n')), plain),
    of('05-semicolons.csv', Buffer.from(lines([SYSTEM_HEAD, PORTAL], ';')), plain),
    of('06-plain.xlsx', await xlsx([SYSTEM_HEAD, PORTAL]), plain),
    of(
      '07-numbers-as-numbers.xlsx',
      await xlsx([SYSTEM_HEAD, like('n', { 4: 3, 6: 17400, 9: 13800000000 })]),
      {
        header: [1, 1],
        good: [`2 ${readLike('n', [' 2 public 5000', ' 3 public 17400'], ['0660-1', '13800000000'])}`],
      },
    ),
    of(
      '08-short-names-of-units.csv',
      utf8([
        SYSTEM_HEAD,
        like('a', { 2: '教育局' }),
        like('b', { 2: '汕尾市卫健局' }),
        like('c', { 2: '政数局' }),
        like('d', { 2: '陆河' }),
        like('e', { 2: '陆河县河田镇' }),
        like('f', { 2: ' 市 教育局　' }),
        like('g', { 2: '河田镇' }),
        like('h', { 2: '市教育居' }),
        like('i', { 2: '政务服务数据管理局' }),
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readLike('a')}`,
          `3 ${readLike('b', ['441500-jyj', '441500-wjj'])}`,
          `4 ${readLike('c', ['441500-jyj', '441500-zsj'])}`,
          `5 ${readLike('d', ['441500-jyj', '441523'])}`,
          `6 ${readLike('e', ['441500-jyj', '441523-hetian'])}`,
          `7 ${readLike('f')}`,
          `8 ${readLike('g', ['441500-jyj', '441523-hetian'])}`,
          `10 ${readLike('i', ['441500-jyj', '441500-zsj'])}`,
        ],
        problems: ['E_CELL_ORGANIZATION C9'],
      },
    ),
    of(
      '09-levels-as-people-write-them.csv',
      utf8([
        [...SYSTEM_HEAD, '灾备等级'],
        [...like('a', { 4: '三级' }), '第五级'],
        [...like('b', { 4: '等保三级' }), '无'],
        [...like('c', { 4: 'Ⅲ级' }), ''],
        [...like('d', { 4: '第二级' }), '3'],
        [...like('e', { 4: '三级（S3A3G3）' }), '／'],
        [...like('f', { 4: '未定级' }), '七级'],
        [...like('g', { 4: '5' }), '1'],
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readLike('a', ['department 2', 'department 3'])} grade=5`,
          `3 ${readLike('b', ['department 2', 'department 3'])}`,
          `4 ${readLike('c', ['department 2', 'department 3'])}`,
          `5 ${readLike('d')} grade=3`,
          `6 ${readLike('e', ['department 2', 'department 3'])}`,
        ],
        problems: ['E_CELL_MLPS E7', 'E_CELL_GRADE K7', 'E_CELL_MLPS E8'],
      },
    ),
    of(
      '10-counts-as-people-write-them.csv',
      utf8([
        SYSTEM_HEAD,
        like('a', { 6: '1.74万' }),
        like('b', { 6: '１７４００' }),
        like('c', { 6: '17,400人' }),
        like('d', { 6: '约1.7万' }),
        like('e', { 6: '1万余' }),
        like('f', { 6: '1.74005万' }),
        like('g', { 6: '1.740001万' }),
        like('h', { 6: '两千' }),
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readLike('a', ['5000', '17400'])}`,
          `3 ${readLike('b', ['5000', '17400'])}`,
          `4 ${readLike('c', ['5000', '17400'])}`,
        ],
        problems: [
          'E_CELL_COUNT G5',
          'E_CELL_COUNT G6',
          'E_CELL_COUNT G7',
          'E_CELL_COUNT G8',
          'E_CELL_COUNT G9',
        ],
      },
    ),
    of(
      '11-words-and-synonyms.xlsx',
      await xlsx([
        [
          '系统编码*',
          '政务信息系统名称',
          '责任单位（全称）',
          '建设层级',
          '网络安全等级保护级别',
          '数据类别',
          '用户规模（万人）',
          '部署方式',
          '系统负责人',
          '联系电话',
          '完成时限',
        ],
        [...like('a', { 3: '省级', 5: '重要', 6: 1.74, 7: '政务云' }), '2026年12月底前'],
        [...like('b', { 3: '市级', 5: 'internal', 6: 0.5, 7: '本单位机房' }), '2026.6'],
        [...like('c', { 3: '区县级', 5: '一般', 6: '1.2万', 7: '拟建' }), '长期'],
        [...like('d', { 3: '国家级', 5: '秘' }), '2026年6月前'],
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readLike('a', ['department 2 public 5000 planned', 'provincial 2 sensitive 17400 city-cloud'])} due=2026-12-31`,
          `3 ${readLike('b', ['department 2 public 5000 planned', 'city 2 internal 5000 department'])} due=2026-06-30`,
          `4 ${readLike('c', ['department 2 public 5000 planned', 'county 2 internal 12000 planned'])}`,
        ],
        problems: ['E_CELL_CHOICE D5', 'E_CELL_CHOICE F5', 'E_CELL_DATE_BEFORE K5'],
      },
    ),
    of(
      '12-duplicates.csv',
      utf8([
        SYSTEM_HEAD,
        like('same'),
        like('other'),
        like('same'),
        like('conflict'),
        like('conflict', { 4: '3' }),
        like('other', { 2: '市卫健局' }),
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readLike('same')}`,
          `3 ${readLike('other')}`,
          `7 ${readLike('other', ['441500-jyj', '441500-wjj'])}`,
        ],
        problems: ['E_ROW_SAME 4', 'E_ROW_CONFLICT 5', 'E_ROW_CONFLICT 6'],
      },
    ),
    of(
      '13-trailing-blanks.csv',
      utf8([
        [...SYSTEM_HEAD.map((it) => ` ${it}　`), '', '', ''],
        [...like(' portal ', { 1: '　政务门户 ', 8: '王　强' }), '', ' ', '　'],
        ['', '', '', '', ''],
        [' ', '　'],
        [],
      ]),
      { header: [1, 1], good: [`2 ${readLike('portal', ['王强', '王 强'])}`] },
    ),
    of(
      '14-unseen-characters.csv',
      utf8([
        SYSTEM_HEAD,
        like('zero', { 1: '政务\u200b门户' }),
        like('bidi', { 8: '\u202e强王' }),
        like('mark', { 9: '0660\u200e-1' }),
        like('soft', { 2: '市教\u00ad育局' }),
        like('ok', { 8: '王\u00a0强' }),
      ]),
      {
        header: [1, 1],
        good: [`6 ${readLike('ok', ['王强', '王 强'])}`],
        problems: ['E_CELL_UNSEEN B2', 'E_CELL_UNSEEN I3', 'E_CELL_UNSEEN J4', 'E_CELL_UNSEEN C5'],
      },
    ),
    of(
      '15-classified-rows.xlsx',
      await xlsx([
        [...SYSTEM_HEAD, '是否涉密'],
        [...like('a', { 1: '某某甲' }), '是'],
        [...like('b', { 1: '某某乙' }), '机密'],
        [...like('c', { 1: '某某丙（涉密）' }), '否'],
        [...like('d', { 8: '秘 密' }), ''],
        [...like('e'), '非密'],
        [...like('f'), '不涉密'],
      ]),
      {
        header: [1, 1],
        good: [`6 ${readLike('e')}`, `7 ${readLike('f')}`],
        problems: ['E_ROW_CLASSIFIED 2', 'E_ROW_CLASSIFIED 3', 'E_ROW_CLASSIFIED 4', 'E_ROW_CLASSIFIED 5'],
        classified: [2, 3, 4, 5],
      },
    ),
    of(
      '16-classified-section.csv',
      utf8([
        SYSTEM_HEAD,
        ['一、非涉密系统'],
        like('a'),
        ['二、涉密系统'],
        like('b'),
        ['三、其他'],
        like('c'),
      ]),
      {
        header: [1, 1],
        good: [`3 ${readLike('a')}`, `7 ${readLike('c')}`],
        problems: ['E_ROW_CLASSIFIED 4', 'E_ROW_CLASSIFIED 5'],
        skipped: ['2 section', '6 section'],
        classified: [4, 5],
      },
    ),
    of('17-classified-paper.xlsx', await xlsx([['机密★5年'], ['系统清单'], SYSTEM_HEAD, PORTAL]), {
      problems: ['E_TABLE_CLASSIFIED 1'],
    }),
    of(
      '18-formula-errors.xlsx',
      await xlsx([SYSTEM_HEAD, like('a', { 6: null }), like('b', { 2: null }), like('c', { 6: null })], {
        formulas: { '1,6': ['1/0', '#DIV/0!'], '2,2': ['VLOOKUP(1,Z:Z,1)', '#N/A'], '3,6': ['2500*2', 5000] },
      }),
      {
        header: [1, 1],
        good: [`4 ${readLike('c')}`],
        problems: ['E_CELL_ERROR G2', 'E_CELL_ERROR C3'],
      },
    ),
    of(
      '19-ids.csv',
      utf8([
        SYSTEM_HEAD,
        like('Portal-A'),
        like('ｐｏｒｔａｌ'),
        like('门户'),
        like('a_b'),
        like('x'.repeat(64)),
        like(''),
      ]),
      {
        header: [1, 1],
        good: [`2 ${readLike('portal-a')}`, `3 ${readLike('portal')}`],
        problems: ['E_CELL_ID A4', 'E_CELL_ID A5', 'E_CELL_ID A6', 'E_CELL_EMPTY A7'],
      },
    ),
    of(
      '20-formulas-as-text.csv',
      utf8([SYSTEM_HEAD, like('a', { 1: "=cmd|'/C calc'!A0", 8: '@王', 9: '+86 0660-1' })]),
      {
        header: [1, 1],
        good: [`2 ${readLike('a', ['政务门户', "=cmd|'/C calc'!A0"], ['王强 0660-1', '@王 +86 0660-1'])}`],
      },
    ),
    await randomCase(),
  ];
}

/** Many rows, each good, bad in one cell, or something else, as chance has it; what is read follows from the choice. */
async function randomCase(): Promise<Case> {
  const random = new Random(441500);
  const rows: Value[][] = [['汕尾市政务信息系统一览'], SYSTEM_HEAD];
  const [good, problems, skipped]: string[][] = [[], [], []];
  const mlps = [
    ['二级', 2],
    ['3', 3],
    ['等保一级', 1],
    ['IV级', 4],
  ] as const;
  const users = [
    ['1.5万', 15_000],
    ['800', 800],
    ['3,000人', 3000],
    ['０', 0],
  ] as const;
  const bad = [
    [4, '九级', 'E_CELL_MLPS E'],
    [6, '很多', 'E_CELL_COUNT G'],
    [2, '火星局', 'E_CELL_ORGANIZATION C'],
    [8, '', 'E_CELL_EMPTY I'],
  ] as const;
  for (let index = 0; index < 300; index++) {
    const row = rows.length + 1;
    const choice = random.below(10);
    const [level, amount] = [random.one(mlps), random.one(users)];
    const id = `s-${index}`;
    if (choice === 0) {
      rows.push(['小计', null, null, null, null, null, '1万']);
      skipped?.push(`${row} total`);
    } else if (choice === 1) {
      const [column, text, what] = random.one(bad);
      rows.push(like(id, { [column]: text }));
      problems?.push(`${what}${row}`);
    } else {
      rows.push(like(id, { 4: level[0], 6: amount[0] }));
      good?.push(
        `${row} ${readLike(id, ['department 2 public 5000', `department ${level[1]} public ${amount[1]}`])}`,
      );
    }
  }
  return {
    file: '21-three-hundred-rows.xlsx',
    table: 'systems',
    content: await xlsx(rows, { merges: [[0, 0, 0, 9]] }),
    expected: { header: [2, 2], good: good ?? [], problems: problems ?? [], skipped: skipped ?? [] },
  };
}

async function layoutCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'systems',
    content,
    expected,
  });
  const top = [...SYSTEM_HEAD.slice(0, 8), '联系方式', null];
  const below = [...SYSTEM_HEAD.slice(0, 8).map(() => null), '联系人', '联系电话'];
  const upright = SYSTEM_HEAD.slice(0, 8).map((_, at) => [2, at, 3, at] as const);
  return [
    of(
      '22-title-above.xlsx',
      await xlsx(
        [
          ['附件2'],
          ['汕尾市政务信息系统汇总表'],
          ['填报单位：市教育局', null, null, null, '填报日期：2026年1月'],
          SYSTEM_HEAD,
          PORTAL,
        ],
        {
          merges: [
            [1, 0, 1, 9],
            [2, 0, 2, 3],
            [2, 4, 2, 9],
          ],
          styles: { '1,0': { font: { bold: true, size: 18 } } },
        },
      ),
      { header: [4, 4], good: [`5 ${PORTAL_READ}`] },
    ),
    of(
      '23-two-row-header-merged.xlsx',
      await xlsx([['汇总表'], [], top, below, PORTAL], { merges: [[0, 0, 0, 9], ...upright, [2, 8, 2, 9]] }),
      { header: [3, 4], good: [`5 ${PORTAL_READ}`] },
    ),
    of('24-two-row-header.csv', gb18030([['汇总表'], top, below, PORTAL]), {
      header: [2, 3],
      good: [`4 ${PORTAL_READ}`],
    }),
    of(
      '25-merged-downwards.xlsx',
      await xlsx(
        [SYSTEM_HEAD, like('a'), like('b', { 2: null, 8: null, 9: null }), like('c', { 2: null, 6: null })],
        {
          merges: [
            [1, 2, 3, 2],
            [1, 8, 2, 8],
            [1, 9, 2, 9],
            [2, 6, 3, 6],
          ],
        },
      ),
      {
        header: [1, 1],
        good: [`2 ${readLike('a')}`],
        problems: ['E_CELL_MERGED G3', 'E_CELL_MERGED G3'],
      },
    ),
    of(
      '26-merged-to-the-right.xlsx',
      await xlsx([SYSTEM_HEAD, like('a', { 9: null })], { merges: [[1, 8, 1, 9]] }),
      {
        header: [1, 1],
        problems: ['E_CELL_EMPTY I2'],
      },
    ),
    of('27-blanks-are-not-merged.csv', utf8([SYSTEM_HEAD, like('a'), like('b', { 2: '' })]), {
      header: [1, 1],
      good: [`2 ${readLike('a')}`],
      problems: ['E_CELL_EMPTY C3'],
    }),
    of(
      '28-totals-notes-numbering.xlsx',
      await xlsx([
        ['序号', ...SYSTEM_HEAD],
        ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'],
        ['示例', ...like('example')],
        [1, ...like('a')],
        ['小 计', ...like('').map(() => null)],
        [2, ...like('b')],
        [null, '合计：2个'],
        ['备注：数据截至2025年底'],
        ['填表人：王强', null, null, '审核人：李'],
        ['以下空白'],
      ]),
      {
        header: [1, 1],
        good: [`4 ${readLike('a')}`, `6 ${readLike('b')}`],
        skipped: ['2 numbering', '3 example', '5 total', '7 total', '8 note', '9 note', '10 note'],
      },
    ),
    of(
      '29-page-breaks.csv',
      utf8([SYSTEM_HEAD, like('a'), [], ['本页小计', '1'], SYSTEM_HEAD, like('b'), ['一、县直'], like('c')]),
      {
        header: [1, 1],
        good: [`2 ${readLike('a')}`, `6 ${readLike('b')}`, `8 ${readLike('c')}`],
        skipped: ['3 blank', '4 total', '5 header', '7 section'],
      },
    ),
    of(
      '30-sections-merged.xlsx',
      await xlsx([SYSTEM_HEAD, ['市直部门'], like('a'), ['县区'], like('b')], {
        merges: [
          [1, 0, 1, 9],
          [3, 0, 3, 9],
        ],
      }),
      {
        header: [1, 1],
        good: [`3 ${readLike('a')}`, `5 ${readLike('b')}`],
        skipped: ['2 section', '4 section'],
      },
    ),
    of(
      '31-line-breaks-in-cells.xlsx',
      await xlsx([
        SYSTEM_HEAD.map((it) => it.replace('级别', '\n级别').replace('用户', '用户\r\n')),
        like('a', { 1: '政务\n门户', 8: 'Wang\nQiang' }),
      ]),
      { header: [1, 1], good: [`2 ${readLike('a', ['王强', 'Wang Qiang'])}`] },
    ),
    of(
      '32-line-breaks-quoted.csv',
      Buffer.from(
        `${SYSTEM_HEAD.join(',')}\na,"政务\n门户",441500-jyj,部门自建,2,公开,"5,000",规划中,"王""强""",0660-1`,
      ),
      { header: [1, 1], good: [`2 ${readLike('a', ['王强', '王"强"'])}`] },
    ),
    of(
      '33-hidden-first-sheet.xlsx',
      await xlsx([SYSTEM_HEAD, PORTAL], {
        before: [{ name: '字典', rows: [['部门自建'], ['县级自建']], hidden: true }],
      }),
      { header: [1, 1], good: [`2 ${PORTAL_READ}`] },
    ),
    of(
      '34-columns-in-any-order.csv',
      utf8([
        ['序号', '备注', '预算', ...[...SYSTEM_HEAD].reverse()],
        ['1', '急', '3', ...[...PORTAL].reverse()],
      ]),
      { header: [1, 1], good: [`2 ${PORTAL_READ}`], unread: ['C1'] },
    ),
    of(
      '35-the-result-of-last-time.csv',
      utf8([
        [...SYSTEM_HEAD, '导入结果'],
        [...like('a'), '已登记'],
        [...like('b'), '未导入：E_CELL_EMPTY [I3]'],
        [...like('').map(() => ''), '未导入：第 4 行标有密级'],
      ]),
      { header: [1, 1], good: [`2 ${readLike('a')}`, `3 ${readLike('b')}`] },
    ),
    of(
      '36-two-columns-of-one-meaning.csv',
      utf8([
        [...SYSTEM_HEAD.with(2, '建设单位'), '使用单位'],
        [...like('a', { 2: '市教育局' }), '各县区'],
      ]),
      { header: [1, 1], good: [`2 ${readLike('a')}`], unread: ['K1'] },
    ),
    of(
      '37-xinchuang-as-people-say-it.xlsx',
      await xlsx([
        ['全市政务信息系统信创情况表'],
        [...SYSTEM_HEAD, '是否信创 系统*（必填）'],
        [...like('a'), '是'],
        [...like('b'), '√'],
        [...like('c'), '国产化'],
        [...like('d'), '否'],
        [...like('e'), '非信创'],
        [...like('f'), '不限'],
        [...like('g'), null],
        [...like('h'), '部分'],
      ]),
      {
        header: [2, 2],
        good: [
          `3 ${readLike('a')} xinchuang`,
          `4 ${readLike('b')} xinchuang`,
          `5 ${readLike('c')} xinchuang`,
          `6 ${readLike('d')} any`,
          `7 ${readLike('e')} any`,
          `8 ${readLike('f')}`,
          `9 ${readLike('g')}`,
        ],
        problems: ['E_CELL_CHOICE K10'],
      },
    ),
  ];
}

async function stockCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'stock',
    content,
    expected,
  });
  return [
    of(
      '41-specifications.csv',
      utf8([
        STOCK_HEAD,
        stock({ 2: '8核32G200G', 6: '10.0.0.1' }),
        stock({ 2: '８核／３２ＧＢ／０．５ＴＢ', 6: '10.0.0.2' }),
        stock({ 2: 'CPU：8核；内存：32G；硬盘：1T', 6: '10.0.0.3' }),
        stock({ 2: '8vCPU 32GiB 2,048GB', 6: '10.0.0.4' }),
        stock({ 2: '200G硬盘、32G内存、8核CPU', 6: '10.0.0.5' }),
        stock({ 2: '8核32G200G kylin-v10', 6: '10.0.0.6' }),
        stock({ 2: '8核32G', 6: '10.0.0.7' }),
        stock({ 2: '8核/512M/200G', 6: '10.0.0.8' }),
        stock({ 2: '8核/32G/200G*2', 6: '10.0.0.9' }),
        stock({ 2: '32G/8核/200G', 6: '10.0.0.10' }),
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.1'])}`,
          `3 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.2'], ['diskGiB=200', 'diskGiB=512'])}`,
          `4 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.3'], ['diskGiB=200', 'diskGiB=1024'])}`,
          `5 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.4'], ['diskGiB=200', 'diskGiB=2048'])}`,
          `6 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.5'])}`,
          `7 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.6'], ['diskGiB=200', 'diskGiB=200,os=kylin-v10'])}`,
        ],
        problems: [
          'E_PARAMETER_MISSING C8',
          'E_STOCK_SPECIFICATION C9',
          'E_STOCK_SPECIFICATION C10',
          'E_STOCK_SPECIFICATION C11',
        ],
      },
    ),
    of(
      '42-columns-for-cpu-memory-disk.xlsx',
      await xlsx(
        [
          ['存量云主机台账'],
          [
            '序号',
            '系统名称',
            '资源类型',
            '配置',
            null,
            null,
            '台数',
            '网络区域',
            'CPU架构',
            'IP地址',
            '上线时间',
            '审批单号',
          ],
          [null, null, null, 'CPU（核）', '内存（GB）', '硬盘（TB）', null, null, null, null, null, null],
          [1, MACHINE[0] ?? '', '云主机', 8, 32, 0.5, 4, '互联网区', 'x86', null, day('2020-06-30'), '1号'],
          [
            2,
            MACHINE[0] ?? '',
            '云主机',
            8,
            '32G',
            '200G',
            4,
            '政务外网区',
            '鲲鹏',
            null,
            day('2020-06-30'),
            '2号',
          ],
          [
            3,
            MACHINE[0] ?? '',
            '云主机',
            '8核',
            'x',
            1,
            4,
            '政务外网区',
            '龙芯',
            null,
            day('2030-06-30'),
            '3号',
          ],
        ],
        {
          merges: [
            [0, 0, 0, 11],
            [1, 3, 1, 5],
            ...[0, 1, 2, 6, 7, 8, 9, 10, 11].map((at) => [1, at, 2, at] as const),
          ],
          styles: { '3,10': DATE, '4,10': DATE, '5,10': DATE },
        },
      ),
      {
        header: [2, 3],
        good: [
          '4 441500-jyj/zhihui-jiaoyu vm vcpu=8,memoryGiB=32,diskGiB=512 x4 internet amd64 - 2020-06-30 1号',
          '5 441500-jyj/zhihui-jiaoyu vm vcpu=8,memoryGiB=32,diskGiB=200 x4 extranet arm64 - 2020-06-30 2号',
        ],
        problems: ['E_STOCK_SPECIFICATION E6', 'E_CELL_CHOICE I6', 'E_CELL_DATE_FUTURE K6'],
      },
    ),
    of(
      '43-memory-without-unit.csv',
      utf8([
        STOCK_HEAD.flatMap((it) => (it === '规格' ? ['CPU', '内存', '存储'] : [it])),
        MACHINE.flatMap((it, at) => (at === 2 ? ['8', '32', '200G'] : [it])),
        MACHINE.flatMap((it, at) => (at === 2 ? ['8', '32G', '200G'] : [it])),
      ]),
      { header: [1, 1], good: [`3 ${MACHINE_READ}`], problems: ['E_STOCK_SPECIFICATION D2'] },
    ),
    of(
      '44-dates.csv',
      gb18030([
        STOCK_HEAD,
        ...[
          '2020/6/30',
          '2020.6.30',
          '2020年6月30日',
          '20200630',
          '44012',
          '2020-06-30 0:00',
          '２０２０－０６－３０',
        ].map((text, at) => stock({ 6: `10.0.0.${at + 1}`, 7: text })),
        ...['2020年6月底前', '2020.6', '20.6.30', '30/6/2020', '2020-06-31', '2020年上半年'].map((text, at) =>
          stock({ 6: `10.0.1.${at + 1}`, 7: text }),
        ),
      ]),
      {
        header: [1, 1],
        good: [1, 2, 3, 4, 5, 6, 7].map(
          (at) => `${at + 1} ${readStock(['10.36.9.1-10.36.9.4', `10.0.0.${at}`])}`,
        ),
        problems: [
          'E_CELL_DATE_PERIOD H9',
          'E_CELL_DATE_PERIOD H10',
          'E_CELL_DATE H11',
          'E_CELL_DATE H12',
          'E_CELL_DATE H13',
          'E_CELL_DATE H14',
        ],
      },
    ),
    of(
      '45-dates-of-1904.xlsx',
      await xlsx([STOCK_HEAD, stock({ 3: 4, 7: day('2020-06-30') }), stock({ 6: '10.0.0.2', 7: 42550 })], {
        dateSystem: '1904',
        styles: { '1,7': DATE },
      }),
      {
        header: [1, 1],
        good: [`2 ${MACHINE_READ}`, `3 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.2'])}`],
      },
    ),
    of(
      '46-serial-numbers-of-1900.xlsx',
      await xlsx(
        [
          STOCK_HEAD,
          stock({ 7: day('2020-06-30') }),
          stock({ 6: '10.0.0.2', 7: 44012 }),
          stock({ 7: 2020.6 }),
        ],
        {
          styles: { '1,7': DATE },
        },
      ),
      {
        header: [1, 1],
        good: [`2 ${MACHINE_READ}`, `3 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.2'])}`],
        problems: ['E_CELL_DATE_PERIOD H4'],
      },
    ),
    of(
      '47-systems-by-title.csv',
      utf8([
        [...STOCK_HEAD, '所属单位'],
        [...stock({ 0: '"雪亮工程"视频数据共享平台', 6: '' }), '市公安局'],
        [...stock({ 0: '雪亮工程 视频数据共享平台', 6: '10.0.0.2' }), ''],
        [...stock({ 0: 'zhihui-jiaoyu' }), '教育局'],
        [...stock({ 0: '智慧教育服务系统' }), '市公安局'],
        [...stock({ 0: '没有登记的系统' }), ''],
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readStock(['441500-jyj/zhihui-jiaoyu', '441500-gaj/xueliang'], ['10.36.9.1-10.36.9.4', '-'])}`,
          `3 ${readStock(['441500-jyj/zhihui-jiaoyu', '441500-gaj/xueliang'], ['10.36.9.1-10.36.9.4', '10.0.0.2'])}`,
          `4 ${MACHINE_READ}`,
        ],
        problems: ['E_CELL_SYSTEM A5', 'E_CELL_SYSTEM A6'],
      },
    ),
    of(
      '48-addresses-and-other-services.csv',
      utf8([
        STOCK_HEAD,
        stock({ 6: '10.0.0.1，10.0.0.2；10.0.0.3~10.0.0.9' }),
        stock({ 1: 'PostgreSQL database', 2: '16核/64GB/1TB/16', 3: '1', 6: '' }),
        stock({ 1: '备份服务', 2: '10TB/每日', 3: '1', 6: '' }),
        stock({ 1: 'SSD云硬盘', 2: '500G', 3: '2个', 6: '' }),
        stock({ 1: '云手机' }),
        stock({ 6: '10.0.0.300' }),
        stock({ 3: '0' }),
        stock({ 3: '4.5' }),
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${readStock(['10.36.9.1-10.36.9.4', '10.0.0.1, 10.0.0.2, 10.0.0.3~10.0.0.9'])}`,
          '3 441500-jyj/zhihui-jiaoyu postgresql vcpu=16,memoryGiB=64,diskGiB=1024,version=16 x1 extranet amd64 - 2020-06-30 汕政数〔2020〕6号',
          '4 441500-jyj/zhihui-jiaoyu backup capacityGiB=10240,plan=每日 x1 extranet amd64 - 2020-06-30 汕政数〔2020〕6号',
          '5 441500-jyj/zhihui-jiaoyu block-ssd sizeGiB=500 x2 extranet amd64 - 2020-06-30 汕政数〔2020〕6号',
        ],
        problems: ['E_STOCK_ITEM B6', 'E_STOCK_ADDRESS G7', 'E_STOCK_QUANTITY D8', 'E_STOCK_QUANTITY D9'],
      },
    ),
    of(
      '49-merged-amounts.xlsx',
      await xlsx([STOCK_HEAD, MACHINE, stock({ 3: null, 6: '10.0.0.2' })], { merges: [[1, 3, 2, 3]] }),
      {
        header: [1, 1],
        problems: ['E_CELL_MERGED D2', 'E_CELL_MERGED D2'],
      },
    ),
  ];
}

async function projectCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'projects',
    content,
    expected,
  });
  return [
    of(
      '51-budget-in-the-head.xlsx',
      await xlsx([['2026年项目汇总表'], PROJECT_HEAD, project({ 5: 460, 6: day('2026-01-05') })], {
        styles: { '2,6': DATE },
        merges: [[0, 0, 0, 8]],
      }),
      {
        header: [2, 2],
        good: [`3 ${PROJECT_READ}`],
      },
    ),
    of(
      '52-unit-above-the-table.csv',
      gb18030([
        ['2026年项目汇总表'],
        ['', '', '', '', '', '', '', '', '单位：万元'],
        PROJECT_HEAD.with(5, '批复金额'),
        project({ 4: '市级财政' }),
      ]),
      {
        header: [3, 3],
        good: [`4 ${PROJECT_READ}`],
      },
    ),
    of(
      '53-money-as-people-write-it.csv',
      utf8([
        PROJECT_HEAD.with(5, '总投资'),
        ...[
          '460万元',
          '460万',
          '￥4,600,000.00',
          '4600000元',
          '0.046亿元',
          '４６０万元',
          '460',
          '约460万元',
          '460.0000001万元',
        ].map((text, at) => project({ 0: `p-${at}`, 5: text })),
      ]),
      {
        header: [1, 1],
        good: [0, 1, 2, 3, 4, 5].map((at) => `${at + 2} ${PROJECT_READ.replace('jyj-2026', `p-${at}`)}`),
        problems: ['E_CELL_MONEY_UNIT F8', 'E_CELL_MONEY F9', 'E_CELL_MONEY F10'],
      },
    ),
    of(
      '54-deadlines.csv',
      utf8([
        PROJECT_HEAD,
        ...['2026年12月底前', '2026.12', '2026年底', '2026年', '2026-12-31', '2026年12月31日前'].map(
          (text, at) => project({ 0: `p-${at}`, 7: text }),
        ),
        project({ 0: 'p-6', 7: '长期' }),
        project({ 0: 'p-7', 7: '2026年12月前' }),
        project({ 0: 'p-8', 7: '2025年底' }),
        project({ 0: 'p-9', 6: '2026年1月' }),
      ]),
      {
        header: [1, 1],
        good: [
          ...[0, 1, 2, 3, 4, 5].map((at) => `${at + 2} ${PROJECT_READ.replace('jyj-2026', `p-${at}`)}`),
          `8 ${PROJECT_READ.replace('jyj-2026', 'p-6').replace('2026-12-31', '-')}`,
        ],
        problems: ['E_CELL_DATE_BEFORE H9', 'E_CELL_DATE_ORDER H10', 'E_CELL_DATE_PERIOD G11'],
      },
    ),
    of(
      '55-systems-in-one-cell.xlsx',
      await xlsx([
        PROJECT_HEAD,
        project({
          2: '市公安局',
          8: '“雪亮工程”视频数据共享平台、guanji-baohu；\n政务服务“一窗办理”信息系统',
        }),
        project({ 0: 'b', 8: '“雪亮工程”视频数据共享平台' }),
        project({ 0: 'c', 8: '某某涉密平台' }),
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${PROJECT_READ.replace('441500-jyj', '441500-gaj').replace('zhihui-jiaoyu', 'xueliang,guanji-baohu,yichuang-banli')}`,
        ],
        problems: ['E_CELL_SYSTEM I3', 'E_ROW_CLASSIFIED 4'],
        classified: [4],
      },
    ),
    of(
      '57-sums-of-floats.xlsx',
      await xlsx([PROJECT_HEAD, project({ 5: 0.1 + 0.2 }), project({ 0: 'b', 5: 1.15 * 100 })]),
      {
        header: [1, 1],
        good: [
          `2 ${PROJECT_READ.replace('460000000', '300000')}`,
          `3 ${PROJECT_READ.replace('jyj-2026', 'b').replace('460000000', '115000000')}`,
        ],
      },
    ),
    of(
      '56-totals-of-money.csv',
      utf8([
        PROJECT_HEAD,
        project({}),
        project({ 0: 'b', 4: '自筹资金' }),
        ['合计', '2项', '', '', '', '920'],
        ['注：含预备费', '', ''],
      ]),
      {
        header: [1, 1],
        good: [
          `2 ${PROJECT_READ}`,
          `3 ${PROJECT_READ.replace('jyj-2026', 'b').replace('city-finance', 'department')}`,
        ],
        skipped: ['4 total', '5 note'],
      },
    ),
  ];
}

async function organizationCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'organizations',
    content,
    expected,
  });
  return [
    of(
      '61-parents-in-the-same-file.xlsx',
      await xlsx([
        ['机构一览表'],
        ORGANIZATION_HEAD,
        HOSPITAL,
        ['441500-yy-fy', '市人民医院分院', '', '事业单位', '市医院', '2020/1/1', '否'],
        ['441523-wjj', '陆河县卫生健康局', '县卫健局', '局', '陆河县', '2019.3.1', '√'],
        ['合计', '3家'],
      ]),
      {
        header: [2, 2],
        good: [
          `3 ${HOSPITAL_READ}`,
          '4 441500-yy-fy 市人民医院分院 department 441500-yy@2020-01-01 - -',
          '5 441523-wjj 陆河县卫生健康局 department 441523@2019-03-01 budget 县卫健局',
        ],
        skipped: ['6 total'],
      },
    ),
    of(
      '62-organisations-that-are-wrong.csv',
      utf8([
        ORGANIZATION_HEAD,
        ['441500-a', '甲局', '', '局', '', '2019-01-01', '是'],
        ['441500-b', '乙局', '', '公司', '汕尾市', '2019-01-01', '是'],
        ['441500-c', '丙局', '', '局', '火星市', '2019年', '也许'],
        ['441500-丁', '丁局', '', '局', '汕尾市', '2019-01-01', '是'],
        ['441500-e', '戊局', '', '局', '441500-e', '2019-01-01', '是'],
      ]),
      {
        header: [1, 1],
        problems: [
          'E_ORGANIZATION_KIND E2',
          'E_CELL_CHOICE D3',
          'E_CELL_ORGANIZATION E4',
          'E_CELL_DATE_PERIOD F4',
          'E_CELL_CHOICE G4',
          'E_CELL_ID A5',
          'E_ORGANIZATION_KIND E6',
        ],
      },
    ),
    of(
      '63-codes-as-numbers.xlsx',
      await xlsx([ORGANIZATION_HEAD, [441599, '新设区', null, '功能区', 441500, day('2026-01-01'), true]], {
        styles: { '1,5': DATE },
      }),
      {
        header: [1, 1],
        good: ['2 441599 新设区 county 441500@2026-01-01 budget -'],
      },
    ),
  ];
}

async function refusedCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'systems',
    content,
    expected,
  });
  return [
    of('71-old-excel.xls', Buffer.from('d0cf11e0a1b11ae1000000000000', 'hex'), { refused: 'E_IMPORT_FORM' }),
    of('72-utf16.txt', Buffer.from(`\ufeff${lines([SYSTEM_HEAD, PORTAL], '\t')}`, 'utf16le'), {
      refused: 'E_IMPORT_FORM',
    }),
    of(
      '73-web-page-called-excel.xls',
      Buffer.from('<html><table><tr><td>标识</td><td>名称</td></tr></table></html>'),
      {
        problems: ['E_TABLE_HEADER 1'],
      },
    ),
    of('74-neither-encoding.csv', Buffer.from([...Buffer.from('标识,名称\n'), 0xff, 0xff, 0x0a]), {
      refused: 'E_IMPORT_ENCODING',
    }),
    of('75-no-header.csv', utf8([PORTAL, PORTAL]), { problems: ['E_TABLE_HEADER 1'] }),
    of(
      '76-columns-missing.csv',
      utf8([SYSTEM_HEAD.filter((it) => !['电话', '等保级别'].includes(it)), PORTAL]),
      {
        problems: ['E_TABLE_COLUMN 1', 'E_TABLE_COLUMN 1'],
      },
    ),
    of('77-a-column-twice.csv', utf8([[...SYSTEM_HEAD, '电话'], PORTAL]), {
      problems: ['E_TABLE_COLUMN_TWICE 1'],
    }),
    of('78-too-many-columns.csv', utf8([Array.from({ length: 101 }, (_, at) => `c${at}`)]), {
      refused: 'E_IMPORT_SIZE',
    }),
    of('79-too-many-rows.csv', Buffer.from('a,b\n'.repeat(20_101)), { refused: 'E_IMPORT_SIZE' }),
    of('80-broken-workbook.xlsx', (await xlsx([SYSTEM_HEAD, PORTAL])).slice(0, 900), {
      refused: 'E_IMPORT_FORM',
    }),
  ];
}

const FORM_READ =
  '441500-jyj 市教育局 zhihui-jiaoyu jyj-2021 extranet - 2027-12-31 教育平台扩容 王强 0660-3383001 李敏 -';
const FORM_LINE = 'vm x2 vcpu=8,memoryGiB=16,diskGiB=200';

/** A form: its head as pairs of cells, and its lines. */
const form = (lines: Rows, changes: Readonly<Record<string, Value>> = {}): Value[][] => {
  const said: Readonly<Record<string, Value>> = {
    申请单位: '市教育局',
    信息系统: '智慧教育服务系统',
    项目: '市教育局政务信息化服务（2021）',
    网络区: '政务外网区',
    使用期限: '2027-12-31',
    事由: '教育平台扩容',
    经办人: '王强',
    联系电话: '0660-3383001',
    单位审核人: '李敏',
    ...changes,
  };
  return [
    ['政务云资源申请表'],
    ...Object.entries(said).map(([name, value]) => [name, value]),
    ['服务', '规格', '数量'],
    ...lines.map((row) => [...row]),
  ];
};
const MACHINES = ['云主机', '8核/16GB/200GB', '2'];

async function requestCases(): Promise<Case[]> {
  const of = (file: string, content: Uint8Array, expected: Expected): Case => ({
    file,
    table: 'requests',
    content,
    expected,
  });
  const plain = { good: [`0 ${FORM_READ}`, `1 ${FORM_LINE}`] } as const;
  return [
    of(
      '87-form-of-a-xinchuang-system.xlsx',
      await xlsx(
        form([MACHINES], {
          申请单位: '市政数局',
          信息系统: '粤政易·汕尾版',
          项目: 'zsj-2021',
          '国产化要求（是/否）': '必须',
        }),
      ),
      {
        good: [
          `0 441500-zsj 市政数局 yuezhengyi zsj-2021${FORM_READ.slice(FORM_READ.indexOf(' extranet'))}`,
          `1 ${FORM_LINE}`,
        ],
      },
    ),
    of(
      '88-form-apart-from-what-there-is.xlsx',
      await xlsx(
        [
          ['申请单位', '市教育局', '系统名称', '智慧教育服务系统'],
          ['项目', 'jyj-2021', '网络区', '政务外网区'],
          ['使用期限', '2027-12-31', '事由', '教育平台扩容'],
          ['经办人', '王强', '联系电话', '0660-3383001'],
          ['单位审核人', '李敏', '信创要求', '不要求'],
          ['容灾对象', 'ZY-2026-000101', null, null],
          [
            '反亲和要求（与哪些资源分开）',
            'ZY－2026－000101-VM；zy-2026-000102-db、zy-2026-000102-db',
            null,
            null,
          ],
          ['服务', '规格', '数量'],
          MACHINES,
        ],
        {
          merges: [
            [5, 1, 5, 3],
            [6, 1, 6, 3],
          ],
        },
      ),
      {
        good: [
          `0 ${FORM_READ} recovery=zy-2026-000101-vm,zy-2026-000101-vm2 apart=zy-2026-000101-vm,zy-2026-000102-db`,
          `1 ${FORM_LINE}`,
        ],
      },
    ),
    of(
      '89-form-apart-from-nothing.csv',
      gb18030(form([MACHINES], { 是否信创: '/', 灾备对象: '无', '反亲和（如有）': '不限' })),
      plain,
    ),
    of(
      '90-form-apart-from-what-is-not-there.csv',
      utf8(
        form([MACHINES], {
          是否信创: '是',
          灾备对象: 'zy-2026-000101-vm、上级系统',
          反亲和对象: 'zy-2026-000103-vm',
        }),
      ),
      { problems: ['E_CELL_XINCHUANG B11', 'E_CELL_ALLOCATION B12', 'E_CELL_ALLOCATION B13'] },
    ),
    of('91-form-plain.xlsx', await xlsx(form([MACHINES])), plain),
    of('92-form-gb18030.csv', gb18030(form([MACHINES])), plain),
    of(
      '93-form-merged-as-it-was-printed.xlsx',
      await xlsx(
        [
          ['汕尾市政务云资源申请表', null, null, null],
          ['填报日期：2026年6月1日', null, null, null],
          ['申 请 单 位*（公章）', '市教育局', '系 统 名 称*', '智慧教育服务系统'],
          ['所属项目：', '假设-汕政数〔2021〕JYJ-1号', '部署区域', '政务外网区'],
          ['架构', '不限', '使用期限至', day('2027-12-31')],
          ['联系人', '王强', '手机', '０６６０－３３８３００１'],
          ['单位负责人', '李敏', '经办人账号', null],
          ['申请事由', '教育平台\n扩容', null, null],
          ['序号', '云服务', '配置', '台数'],
          ['示例', '云主机', '4核/8G/100G', '1'],
          [1, '云主机', '8核16G,200G', 2],
          [2, '云数据库 PostgreSQL', 'CPU 4核，内存16G，存储0.5T', '1 个'],
          [3, null, null, null],
          ['合计', null, null, 3],
          ['注：规格按每台填写'],
          ['单位盖章：'],
        ],
        {
          merges: [
            [0, 0, 0, 3],
            [1, 0, 1, 3],
            [7, 1, 7, 3],
          ],
          styles: { '4,3': DATE },
        },
      ),
      {
        good: [
          `0 ${FORM_READ.replace('0660-3383001', '０６６０－３３８３００１')}`,
          `1 ${FORM_LINE}`,
          '2 postgresql x1 vcpu=4,memoryGiB=16,diskGiB=512',
        ],
        skipped: ['10 example', '14 total', '15 note', '16 note'],
      },
    ),
    of(
      '94-form-names-and-values-in-one-cell.xlsx',
      await xlsx([
        ['申请单位：汕尾市教育局', '信息系统：zhihui-jiaoyu', '项目：jyj-2021'],
        ['网络区：extranet', '架构：鲲鹏', '使用期限：2027年12月底前'],
        ['经办人：王强', '联系电话：0660-3383001', '单位审核人：李敏'],
        ['事由：教育平台扩容', null, null],
        ['服务', 'CPU（核）', '内存（GB）', '存储（GB）', '数量（台）'],
        ['云主机', 8, 16, 200, 2],
      ]),
      {
        good: [
          `0 ${FORM_READ.replace('市教育局', '汕尾市教育局').replace(' - 2027', ' arm64 2027')}`,
          `1 ${FORM_LINE}`,
        ],
      },
    ),
    of(
      '95-form-all-wrong.xlsx',
      await xlsx(
        form(
          [
            ['云主板', '8核', '2'],
            ['云主机', '很大', '0'],
            ['云主机', null, null],
          ],
          {
            项目: '没有这个项目',
            网络区: '外网',
            使用期限: '2027年12月前',
            经办人: null,
            联系电话: '0660\u200b3383001',
            经办人账号: '王 强',
          },
        ),
      ),
      {
        problems: [
          'E_CELL_PROJECT B4',
          'E_CELL_CHOICE B5',
          'E_CELL_DATE_BEFORE B6',
          'E_CELL_EMPTY B8',
          'E_CELL_UNSEEN B9',
          'E_CELL_ACCOUNT B11',
          'E_STOCK_ITEM A13',
          'E_STOCK_SPECIFICATION B14',
          'E_STOCK_QUANTITY C14',
          'E_CELL_EMPTY B15',
          'E_CELL_EMPTY C15',
        ],
      },
    ),
    of('96-form-of-nobody.csv', utf8(form([MACHINES], { 申请单位: '某单位', 信息系统: null })), {
      problems: ['E_CELL_ORGANIZATION B2', 'E_CELL_EMPTY B3'],
    }),
    of(
      '97-form-without-lines-and-fields.csv',
      utf8([
        ['申请单位', '市教育局', '系统', '智慧教育服务系统'],
        ['系统', '另一个'],
        ['服务', '规格', '数量'],
      ]),
      {
        problems: [
          'E_FORM_FIELD_TWICE D1',
          'E_FORM_FIELD 项目',
          'E_FORM_FIELD 网络区',
          'E_FORM_FIELD 使用期限',
          'E_FORM_FIELD 事由',
          'E_FORM_FIELD 经办人',
          'E_FORM_FIELD 联系电话',
          'E_FORM_FIELD 单位审核人',
          'E_FORM_LINES 3',
        ],
      },
    ),
    of('98-form-classified.xlsx', await xlsx(form([MACHINES], { 是否涉密: '是' })), {
      problems: ['E_TABLE_CLASSIFIED 11'],
    }),
    of('99-form-marked.csv', utf8(form([MACHINES], { 事由: '机密系统扩容' })), {
      problems: ['E_TABLE_CLASSIFIED 7'],
    }),
  ];
}
