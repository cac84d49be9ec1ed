import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
} from '../../api/v1alpha1/index.ts';
import { errorMessages } from '../../messages/errors.ts';
import { render } from '../../messages/index.ts';
import { plainSheet, type Sheet } from './sheet.ts';
import { readStock, stockLookup } from './stock.ts';

const API = 'govcloud.dev/v1alpha1';

function system(namespace: string, name: string, zh: string): InformationSystem {
  return {
    apiVersion: API,
    kind: 'InformationSystem',
    metadata: { name, namespace },
    spec: {
      name: { zh },
      classified: false,
      level: 'city',
      mlps: { level: 2 },
      dataClass: 'internal',
      targetUsers: 1,
      platform: {},
      disasterRecoveryGrade: 1,
      hosting: 'city-cloud',
      contact: { person: '某人', phone: '0' },
    },
  };
}

function item(name: string, zh: string, parameters: CatalogItem['spec']['parameters']): CatalogItem {
  return {
    apiVersion: API,
    kind: 'CatalogItem',
    metadata: { name },
    spec: {
      classCode: 'X-1',
      title: { zh },
      unit: { zh: '台' },
      maxQuantity: 100,
      parameters,
      consumes: {},
      prices: [{ from: '2018-01-01', monthlyFen: '1', armFactorBasisPoints: 10000 }],
      zones: ['extranet'],
      archs: ['amd64'],
      maxMlps: 3,
      fulfilment: 'manual',
      namespace: 'system',
      templates: [],
      outputs: [],
      trialDays: 0,
      retainDays: 0,
    },
  };
}

const integer = (name: string, zh: string, unit: string) =>
  ({ name, title: { zh }, type: 'integer', required: true, unit, minimum: 1, maximum: 100_000 }) as const;
const text = (name: string, zh: string, required: boolean, values: string[]) =>
  ({ name, title: { zh }, type: 'string', required, values }) as const;

const cluster: MemberCluster = {
  apiVersion: API,
  kind: 'MemberCluster',
  metadata: { name: 'extranet' },
  spec: {
    title: { zh: '政务外网区集群' },
    zone: 'extranet',
    zoneTitle: { zh: '政务外网区' },
    maxMlps: 3,
    credentialsSecret: 'member-extranet',
  },
};

const lookup = stockLookup(
  [
    system('gov-441500-zsj', 'minqing-ditu', '“民情地图”平台'),
    system('gov-441500-gaj', 'xueliang', '“雪亮工程”视频数据共享平台'),
    system('gov-441500-gaj', 'twin-a', '门户'),
    system('gov-441523', 'twin-b', '门户'),
    system('gov-441500-jyj', 'portal', '教育门户'),
    system('gov-441523', 'portal', '县门户'),
  ],
  [
    item('vm', '云主机', [
      integer('vcpu', '处理器', '核'),
      integer('memoryGiB', '内存', 'GB'),
      integer('diskGiB', '数据盘', 'GB'),
      text('os', '操作系统', false, ['openeuler-22.03', 'kylin-v10']),
    ]),
    item('postgresql', '云数据库 PostgreSQL', [
      integer('diskGiB', '存储', 'GB'),
      text('version', '版本', false, ['16', '17']),
    ]),
    item('backup', '备份服务', [
      integer('capacityGiB', '容量', 'GB'),
      text('plan', '策略', true, ['每日', '每周']),
    ]),
  ],
  [cluster],
  [organization('441500-gaj', '市公安局'), organization('441523', '陆河县')],
);

function organization(name: string, zh: string): Organization {
  return {
    apiVersion: API,
    kind: 'Organization',
    metadata: { name },
    spec: { name: { zh }, type: 'department', parents: [], budgetUnit: true },
  };
}

/** A size in GiB as people write it. */
function sizesOf(gib: number): string[] {
  const grouped = gib.toLocaleString('en-US');
  const tib = gib / 1024;
  return [`${gib}G`, `${grouped}GB`, `${gib} GiB`, `${gib * 1024}M`, `${tib}T`].map((it, at) =>
    at % 2 === 0 ? it : it.replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)),
  );
}

const TODAY = '2020-12-31';
const GOOD = {
  系统: '“民情地图”平台',
  服务: '云主机',
  规格: '8核/32GB/200GB',
  数量: '4',
  区域: '政务外网区',
  架构: 'amd64',
  IP: '10.36.1.11-10.36.1.14',
  开通日期: '2020-06-30',
  依据文号: '汕政数〔2020〕6号',
} as const;
const STOCK_COLUMNS = Object.keys(GOOD) as (keyof typeof GOOD)[];

function parseStockTable(rows: Sheet['rows']) {
  const { good, problems } = readStock(plainSheet(rows), lookup, TODAY);
  return { rows: good.map(({ row, value }) => ({ row, ...value })), problems };
}

function parse(...changes: Partial<Record<keyof typeof GOOD, string>>[]) {
  const rows = changes.map((change) => STOCK_COLUMNS.map((column) => ({ ...GOOD, ...change })[column]));
  return parseStockTable([[...STOCK_COLUMNS], ...rows]);
}

describe('a good row', () => {
  it('becomes a row of a StockImport', () => {
    expect(parse({})).toEqual({
      rows: [
        {
          row: 2,
          organization: '441500-zsj',
          system: 'minqing-ditu',
          item: 'vm',
          parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 },
          quantity: 4,
          zone: 'extranet',
          arch: 'amd64',
          addresses: '10.36.1.11-10.36.1.14',
          openedOn: '2020-06-30',
          basis: '汕政数〔2020〕6号',
        },
      ],
      problems: [],
    });
  });

  it.each([
    ['系统', 'minqing-ditu', { system: 'minqing-ditu' }],
    ['系统', ' "民情地图" 平台 ', { system: 'minqing-ditu' }],
    ['系统', '县门户', { system: 'portal', organization: '441523' }],
    ['服务', 'vm', { item: 'vm' }],
    ['规格', '8c / 32G / 1TB', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 1024 } }],
    ['规格', '８核／３２ＧＢ／２００ＧＢ', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 } }],
    ['规格', '8C32G200G', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 } }],
    ['规格', '8核32G，硬盘1.5T', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 1536 } }],
    ['规格', 'CPU：8核；硬盘 200 GB；内存 32 GB', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 } }],
    ['规格', 'CPU8核内存32G硬盘200G', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 } }],
    ['规格', '8核CPU 200G硬盘 32G内存', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 200 } }],
    ['规格', '8vCPU 32GiB 2,048GB', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 2048 } }],
    ['规格', '8核CPU/32G内存/2,048G硬盘', { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 2048 } }],
    [
      '规格',
      '8vCPU/32GiB/2TiB/kylin-v10',
      { parameters: { vcpu: 8, memoryGiB: 32, diskGiB: 2048, os: 'kylin-v10' } },
    ],
    ['区域', 'extranet', { zone: 'extranet' }],
    ['架构', 'X86_64', { arch: 'amd64' }],
    ['架构', 'ARM', { arch: 'arm64' }],
    ['架构', '鲲鹏', { arch: 'arm64' }],
    ['数量', '４台', { quantity: 4 }],
    ['开通日期', '43831', { openedOn: '2020-01-01' }],
    ['IP', '10.0.0.1，fd00::1; 10.0.0.3', { addresses: '10.0.0.1, fd00::1, 10.0.0.3' }],
    ['开通日期', '2020/6/3', { openedOn: '2020-06-03' }],
    ['开通日期', '2020年12月31日', { openedOn: '2020-12-31' }],
  ] as const)('%s may be written %s', (column, value, expected) => {
    const { rows, problems } = parse({ [column]: value });
    expect(problems).toEqual([]);
    expect(rows).toMatchObject([expected]);
  });

  it('has a specification that comes back from every way to write it', () => {
    const size = (value: number) => fc.constantFrom(...sizesOf(value));
    const form = fc.tuple(
      fc.integer({ min: 1, max: 128 }),
      fc.integer({ min: 1, max: 384 }),
      fc.integer({ min: 20, max: 16_384 }),
    );
    fc.assert(
      fc.property(
        form.chain(([vcpu, memory, disk]) =>
          fc.tuple(
            fc.constant({ vcpu, memoryGiB: memory, diskGiB: disk }),
            fc.constantFrom(`${vcpu}核`, `${vcpu}C`, `${vcpu} vCPU`),
            size(memory),
            size(disk),
            fc.constantFrom('/', '，', '、', ' ', ''),
            fc.boolean(),
          ),
        ),
        ([parameters, vcpu, memory, disk, between, named]) => {
          const parts = named ? [`内存${memory}`, `CPU：${vcpu}`, `硬盘${disk}`] : [vcpu, memory, disk];
          const text = parts.join(named ? between || '；' : between);
          const { rows, problems } = parse({ 规格: text });
          expect(problems).toEqual([]);
          expect(rows[0]?.parameters, text).toEqual(parameters);
        },
      ),
      { seed: 441500, numRuns: 200 },
    );
  });

  it('may have no address', () => {
    expect(parse({ IP: '' }).rows[0]).not.toHaveProperty('addresses');
  });

  it('gives text parameters by their value, wherever they stand', () => {
    expect(parse({ 服务: '云数据库PostgreSQL', 规格: '17/1TB' }).rows[0]?.parameters).toEqual({
      diskGiB: 1024,
      version: '17',
    });
    expect(parse({ 服务: '备份服务', 规格: '10TB/每日' }).rows[0]?.parameters).toEqual({
      capacityGiB: 10240,
      plan: '每日',
    });
  });
});

describe('a bad cell', () => {
  it.each([
    ['系统', 'A2', '', 'E_CELL_EMPTY'],
    ['系统', 'A2', '没有登记的平台', 'E_CELL_SYSTEM'],
    ['系统', 'A2', '门户', 'E_CELL_SYSTEM_AMBIGUOUS'],
    ['系统', 'A2', 'portal', 'E_CELL_SYSTEM_AMBIGUOUS'],
    ['服务', 'B2', '云手机', 'E_STOCK_ITEM'],
    ['规格', 'C2', '8核/32GB/200核', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/200GB/10GB', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/200', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/1.3TB', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/512MB', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/100GB*2', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核 32G 硬盘', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核 32G 内存 200G 硬盘', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核内存32G硬盘200G', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/200GB/windows', 'E_STOCK_SPECIFICATION'],
    ['规格', 'C2', '8核/32GB/200GB/kylin-v10/kylin-v10', 'E_STOCK_SPECIFICATION'],
    ['数量', 'D2', '0', 'E_STOCK_QUANTITY'],
    ['数量', 'D2', '101', 'E_STOCK_QUANTITY'],
    ['数量', 'D2', '四', 'E_STOCK_QUANTITY'],
    ['区域', 'E2', '专网区', 'E_CELL_CHOICE'],
    ['架构', 'F2', 'mips', 'E_CELL_CHOICE'],
    ['IP', 'G2', '10.36.1.300', 'E_STOCK_ADDRESS'],
    ['IP', 'G2', '10.36.1.1-fd00::1', 'E_STOCK_ADDRESS'],
    ['开通日期', 'H2', '2020-02-30', 'E_CELL_DATE'],
    ['开通日期', 'H2', '2020年6月底前', 'E_CELL_DATE_PERIOD'],
    ['开通日期', 'H2', '2021-01-01', 'E_CELL_DATE_FUTURE'],
    ['依据文号', 'I2', '', 'E_CELL_EMPTY'],
    ['依据文号', 'I2', '文'.repeat(201), 'E_CELL_LENGTH'],
  ] as const)('%s (%s) "%s" is %s', (column, where, value, code) => {
    const { rows, problems } = parse({ [column]: value });
    expect(rows).toEqual([]);
    expect(problems).toMatchObject([{ code, where, row: 2 }]);
    for (const { code: given, params } of problems) {
      const message = errorMessages[given];
      expect(render(message, 'zh', params)).toContain(where);
      expect(render(message, 'en', params)).toContain(where);
    }
  });

  it('that lacks a parameter, or has one outside its bounds, is named with the reason of the catalogue', () => {
    expect(parse({ 规格: '8核/32GB' }).problems).toMatchObject([{ code: 'E_PARAMETER_MISSING', row: 2 }]);
    expect(parse({ 规格: '8核/32GB/200TB' }).problems).toMatchObject([{ code: 'E_PARAMETER_RANGE', row: 2 }]);
    expect(parse({ 规格: '8核/32GB' }).problems[0]?.where).toBe('C2');
  });

  it('does not hide others, nor hold good rows back', () => {
    const { rows, problems } = parse({}, { 数量: 'x', 架构: 'y' }, { IP: '' }, { 系统: '?' });
    expect(rows.map(({ row }) => row)).toEqual([2, 4]);
    expect(problems.map(({ where }) => where)).toEqual(['D3', 'F3', 'A5']);
  });
});

describe('a classified row', () => {
  const SECRET = '绝不能出现的标题';
  it.each([
    ['in the title', { 系统: `${SECRET}（涉密）` }],
    ['beside the title', { 系统: SECRET, 依据文号: '秘密★5年' }],
    ['spread by spaces', { 系统: SECRET, 依据文号: '机 密' }],
  ])('marked %s is refused by its number, without its title', (_, change) => {
    const result = parse(change);
    expect(result.rows).toEqual([]);
    expect(result.problems).toEqual([{ code: 'E_ROW_CLASSIFIED', params: { row: 2 }, where: '2', row: 2 }]);
  });

  it('may be marked in a column of its own', () => {
    const header = ['涉密', ...STOCK_COLUMNS];
    const cells = (mark: string) => [mark, ...STOCK_COLUMNS.map((column) => GOOD[column])];
    const { rows, problems } = parseStockTable([header, cells('是'), cells('否'), cells('').with(7, '')]);
    expect(problems.map(({ code, row }) => [code, row])).toEqual([['E_ROW_CLASSIFIED', 2]]);
    expect(rows.map(({ row }) => row)).toEqual([3, 4]);
  });

  it('is not one that says it is none', () => {
    expect(parse({ 依据文号: '汕政数〔2020〕6号（非涉密）' }).rows).toHaveLength(1);
  });

  it('never shows a title that is not registered, whatever else is wrong', () => {
    const result = parse({ 系统: SECRET, 数量: 'x', 架构: 'y', IP: 'z' });
    expect(result.problems).toHaveLength(4);
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });
});

describe('the table', () => {
  it('may have its columns in any order and empty rows between', () => {
    const header = [...STOCK_COLUMNS].reverse();
    const cells = header.map((column) => GOOD[column]);
    const { rows, problems } = parseStockTable([header, [], ['', ' '], cells]);
    expect(problems).toEqual([]);
    expect(rows).toMatchObject([{ row: 4, system: 'minqing-ditu' }]);
  });

  it.each([[[]], [[[]]], [[['系统', '系统', ...STOCK_COLUMNS]]]])(
    'without its header is refused: %j',
    (table) => {
      const { rows, problems } = parseStockTable(table);
      expect(rows).toEqual([]);
      expect(problems.length).toBeGreaterThan(0);
      for (const { code } of problems) expect(code).toMatch(/^E_TABLE_(HEADER|COLUMN_TWICE)$/);
    },
  );

  it('needs a specification, or columns for its parts', () => {
    const without = STOCK_COLUMNS.filter((column) => column !== '规格');
    const cells = without.map((column) => GOOD[column]);
    expect(parseStockTable([without, cells]).problems).toMatchObject([
      { code: 'E_TABLE_COLUMN', params: { column: '规格' } },
    ]);
    const header = [...without, 'CPU', '内存（GB）', '硬盘（TB）'];
    expect(parseStockTable([header, [...cells, '8', '32', '0.5']]).rows[0]?.parameters).toEqual({
      vcpu: 8,
      memoryGiB: 32,
      diskGiB: 512,
    });
  });

  it('is read without an exception, each row either taken or refused, whatever the cells hold', () => {
    const cells = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(GOOD))), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 5 }), (body) => {
        const { rows, problems } = parseStockTable([[...STOCK_COLUMNS], ...body]);
        const refused = new Set(problems.map(({ row }) => row));
        const filled = body.flatMap((it, index) =>
          it.some((value) => value.trim() !== '') ? [index + 2] : [],
        );
        expect([...rows.map(({ row }) => row), ...refused].toSorted()).toEqual(filled.toSorted());
      }),
      { seed: 441500, numRuns: 100 },
    );
  });
});
