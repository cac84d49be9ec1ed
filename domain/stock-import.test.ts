import { describe, expect, it } from 'vitest';
import { Allocation, type StockImport } from '../api/v1alpha1/index.ts';
import { itemVersion } from './catalogue/item.ts';
import { accountPath } from './quota/fit.ts';
import { importDigest, judgeStockRow, type StockPicture } from './stock-import.ts';
import { byName, frozen, machineItem, ORGANIZATIONS, pool, quota } from './testing/city.ts';

type Row = StockImport['spec']['rows'][number];

const ROW: Row = {
  row: 7,
  organization: 'luhe',
  system: 'portal',
  item: 'vm',
  parameters: { vcpu: 4, memoryGiB: 8, diskGiB: 100 },
  quantity: 2,
  zone: 'extranet',
  arch: 'arm64',
  addresses: '10.0.0.1',
  openedOn: '2019-05-01',
  basis: '陆政数〔2019〕1号',
};
const FILE = { name: 'stock.csv', sm3: 'a'.repeat(64), rows: 10 };

const picture = (more: Partial<StockPicture> = {}): StockPicture => ({
  file: FILE,
  today: '2026-11-24',
  organizations: ORGANIZATIONS,
  quotas: [],
  items: byName([machineItem()]),
  pools: [pool('extranet-amd64'), pool('extranet-arm64', { arch: 'arm64' })],
  hasSystem: (organization, system) => organization === 'luhe' && system === 'portal',
  ...more,
});

function opened(row: Row, more: Partial<StockPicture> = {}) {
  const verdict = judgeStockRow(frozen(row), frozen(picture(more)));
  if (!verdict.ok) throw new Error(JSON.stringify(verdict.reasons));
  return verdict;
}

const codes = (row: Row, more: Partial<StockPicture> = {}) => {
  const verdict = judgeStockRow(row, picture(more));
  return verdict.ok ? [] : verdict.reasons.map(({ code, where }) => `${code} ${where}`);
};

describe('judgeStockRow', () => {
  it('gives the allocation that a running cloud has: adopted, of the first revision, since it was opened', () => {
    const { spec } = opened(ROW);
    expect(spec).toMatchObject({
      request: { uid: FILE.sm3, generation: 7 },
      basis: ROW.basis,
      organization: 'luhe',
      itemVersion: itemVersion(machineItem().spec),
      pool: 'extranet-arm64',
      consumes: { vcpu: '8', memory: '16Gi', ssd: '200Gi' },
      // 4 x 3600 x 0.85 a machine.
      monthlyFen: 24480,
      from: '2019-05-01',
      revision: 1,
      contentRevision: 1,
      adopted: true,
    });
    expect(spec.until).toBeUndefined();
    expect(Allocation.spec.safeParse(spec).error?.issues ?? []).toEqual([]);
  });

  it('posts on every account that a grant would, and asks for no limit', () => {
    const quotas = [
      quota('shanwei', { child: { organization: 'luhe' }, arch: 'arm64', limits: { vcpu: '1' } }),
    ];
    const vcpu = opened(ROW, { quotas }).demands.filter(({ account }) => account.resource === 'vcpu');
    expect(vcpu.map(({ account, amount }) => `${accountPath(account)} ${amount.value}`)).toEqual([
      'organisation/luhe/*/arm64/vcpu 8000',
      'organisation/luhe/*/*/vcpu 8000',
      'organisation/shanwei/*/*/vcpu 8000',
      'pool/extranet-arm64/extranet/arm64/vcpu 8000',
    ]);
  });

  it('takes more at once than may be asked for: it is there', () => {
    expect(codes({ ...ROW, quantity: 1000 })).toEqual([]);
  });

  it.each<[string, Row, Partial<StockPicture>, string[]]>([
    ['an unknown item', { ...ROW, item: 'mainframe' }, {}, ['E_ITEM_UNKNOWN rows[7]']],
    [
      'parameters that the item has not',
      { ...ROW, parameters: { vcpu: 0, memoryGiB: 8, diskGiB: 100, gpu: 1 } },
      {},
      ['E_PARAMETER_UNKNOWN rows[7].parameters', 'E_PARAMETER_RANGE rows[7].parameters.vcpu'],
    ],
    ['no such pool', { ...ROW, zone: 'moon' }, {}, ['E_POOL_MISSING rows[7]']],
    ['a system that is not registered', { ...ROW, system: 'other' }, {}, ['E_SYSTEM_UNKNOWN rows[7]']],
    [
      'a system of another organisation',
      { ...ROW, organization: 'shanwei' },
      {},
      ['E_SYSTEM_UNKNOWN rows[7]'],
    ],
    [
      'everything at once',
      { ...ROW, item: 'mainframe', zone: 'moon', system: 'other' },
      {},
      ['E_ITEM_UNKNOWN rows[7]', 'E_POOL_MISSING rows[7]', 'E_SYSTEM_UNKNOWN rows[7]'],
    ],
    [
      'an organisation that hangs on nothing',
      ROW,
      { organizations: new Map() },
      ['E_ORGANIZATION_UNKNOWN rows[7]'],
    ],
    ['a day without a price', ROW, { today: '2017-12-31' }, ['E_ITEM_PRICE rows[7]']],
  ])('refuses %s, naming the row', (_, row, more, expected) => {
    expect(codes(row, more)).toEqual(expected);
  });

  it('takes the same pool whatever the order in which pools were listed', () => {
    const pools = [pool('a', { arch: 'arm64' }), pool('b', { arch: 'arm64' })];
    const taken = [pools, [...pools].reverse()].map((it) => opened(ROW, { pools: it }).spec.pool);
    expect(new Set(taken).size).toBe(1);
  });
});

describe('the name of a row’s allocation', () => {
  it('says what the row says, wherever it stands: the same row in another file is the same stock', () => {
    const { name } = opened(ROW);
    expect(name).toMatch(/^stock-[0-9a-f]{16}$/);
    const elsewhere = opened({ ...ROW, row: 8 }, { file: { ...FILE, sm3: 'b'.repeat(64) } });
    expect(elsewhere.name).toBe(name);
    for (const other of [
      { addresses: '10.0.0.2' },
      { quantity: 3 },
      { openedOn: '2019-05-02' },
      { basis: '别的' },
    ]) {
      expect(opened({ ...ROW, ...other }).name).not.toBe(name);
    }
  });
});

describe('importDigest', () => {
  it('is what a decision names: of every row and of the file', () => {
    const spec: StockImport['spec'] = { requester: 'engineer', file: FILE, rows: [ROW] };
    const all = [
      spec,
      { ...spec, requester: 'other' },
      { ...spec, file: { ...FILE, sm3: 'b'.repeat(64) } },
      { ...spec, rows: [{ ...ROW, quantity: 3 }] },
      { ...spec, rows: [ROW, { ...ROW, row: 8 }] },
    ].map(importDigest);
    expect(new Set(all).size).toBe(5);
  });
});
