import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataClasses } from '../../messages/cli-views.ts';
import {
  choiceOf,
  type DateUse,
  type Read,
  readCount,
  readDate,
  readDeadline,
  readGrade,
  readId,
  readMlps,
  readMoney,
  readPart,
  readYes,
} from './values.ts';
import { DATA_CLASS_WORDS } from './vocabulary.ts';

const seed = 441500;
/** The value, or the code of what is wrong. */
const got = <T>(result: Read<T>) => (result.ok ? result.value : result.code);

describe('a count', () => {
  it.each([
    ['17400', '', 17_400],
    ['17,400', '', 17_400],
    ['１７４００', '', 17_400],
    ['1.74万', '', 17_400],
    ['1.74 万人', '', 17_400],
    ['1.74', '万人', 17_400],
    ['1.74', '万', 17_400],
    // The cell's own unit goes before that of the column's head.
    ['1.74万', '万人', 17_400],
    ['0.5亿', '', 50_000_000],
    ['20台', '', 20],
    ['0', '', 0],
  ])('%s in a column of %s is %d', (text, unit, value) => {
    expect(got(readCount(text, unit, 100_000_000))).toBe(value);
  });

  it.each(['约1.7万', '1.74001万', '1万余', '12.5', '一百', '-3', '1,74', '1e3', '', '12核', '999999999'])(
    '%s is none',
    (text) => {
      expect(got(readCount(text, '', 100_000_000))).toBe('E_CELL_COUNT');
    },
  );

  it('comes back from every way to print it', () => {
    const forms = [
      (n: number) => String(n),
      (n: number) => n.toLocaleString('en-US'),
      (n: number) => `${String(n).replaceAll(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0))}人`,
      (n: number) => `${Math.floor(n / 10_000)}.${String(n % 10_000).padStart(4, '0')}万`,
    ];
    fc.assert(
      fc.property(fc.nat(100_000_000), fc.constantFrom(...forms), (n, form) => {
        expect(got(readCount(form(n), '', 100_000_000))).toBe(n);
      }),
      { seed },
    );
  });
});

describe('money', () => {
  it.each([
    ['460万元', '', 460_000_000n],
    ['460', '万元', 460_000_000n],
    ['460万', '元', 460_000_000n],
    ['￥4,600,000.00', '', 460_000_000n],
    ['4600000元', '万元', 460_000_000n],
    ['0.46亿元', '', 4_600_000_000n],
    ['１２．５', '万元', 12_500_000n],
    ['0.01元', '', 1n],
  ])('%s in a column of %s is %d fen', (text, unit, fen) => {
    expect(got(readMoney(text, unit))).toBe(fen);
  });

  it.each([
    ['460', '', 'E_CELL_MONEY_UNIT'],
    ['460', 'gb', 'E_CELL_MONEY_UNIT'],
    ['约460万元', '', 'E_CELL_MONEY'],
    ['0.001元', '', 'E_CELL_MONEY'],
    ['460美元', '', 'E_CELL_MONEY'],
    ['-1元', '', 'E_CELL_MONEY'],
    ['99999999999亿元', '', 'E_CELL_MONEY'],
    ['1constructor', '', 'E_CELL_MONEY'],
  ])('%s in a column of %s is %s', (text, unit, code) => {
    expect(got(readMoney(text, unit))).toBe(code);
  });

  it('comes back exact from yuan and from 万元', () => {
    const fen = fc.bigInt({ min: 0n, max: 10n ** 14n });
    const decimal = (value: bigint, places: number) => {
      const digits = String(value).padStart(places + 1, '0');
      return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
    };
    fc.assert(
      fc.property(fen, (value) => {
        expect(got(readMoney(`${decimal(value, 2)}元`, ''))).toBe(value);
        expect(got(readMoney(decimal(value, 6), '万元'))).toBe(value);
      }),
      { seed },
    );
  });
});

describe('cores and sizes', () => {
  it.each([
    ['8核', '', { unit: '核', value: 8 }],
    ['8 vCPU', '', { unit: '核', value: 8 }],
    ['8', '核', { unit: '核', value: 8 }],
    ['16G', '', { unit: 'GB', value: 16 }],
    ['１６ＧＢ', '', { unit: 'GB', value: 16 }],
    ['1.5T', '', { unit: 'GB', value: 1536 }],
    ['2048M', '', { unit: 'GB', value: 2 }],
    ['2,048', 'gb', { unit: 'GB', value: 2048 }],
  ])('%s in a column of %s', (text, unit, part) => {
    expect(readPart(text, unit)).toEqual(part);
  });
  it.each([['512M'], ['1.3T'], ['16'], ['8.5核'], ['16GHz'], ['很大'], ['1toString']])(
    '%s is none',
    (text) => {
      expect(readPart(text, '')).toBeUndefined();
    },
  );
});

describe('levels and words', () => {
  it.each([
    '三级',
    '等保三级',
    '第三级',
    '3',
    '3级',
    '３',
    'Ⅲ级',
    'III',
    '三',
    '等级保护三级',
    '三级（S3A3G3）',
    'S2A3G3',
  ])('MLPS %s is 3', (text) => {
    expect(got(readMlps(text))).toBe(3);
  });
  it.each(['未定级', '五级', '0', '三级以上', '拟定三级', '13', '级', ''])('MLPS %s is none', (text) => {
    expect(got(readMlps(text))).toBe('E_CELL_MLPS');
  });
  it.each([
    ['5级', 5],
    ['第五级', 5],
    ['无', 0],
    ['0', 0],
    ['7', 'E_CELL_GRADE'],
  ])('recovery %s is %s', (text, value) => {
    expect(got(readGrade(text))).toBe(value);
  });
  it.each([
    ['是', true],
    ['√', true],
    ['TRUE', true],
    ['否', false],
    ['不是', false],
    ['可能', 'E_CELL_CHOICE'],
  ])('%s is %s', (text, value) => {
    expect(got(readYes(text))).toBe(value);
  });
  it.each([
    ['内部', 'internal'],
    ['internal', 'internal'],
    ['重要 数据', 'sensitive'],
    ['绝对公开', 'E_CELL_CHOICE'],
  ])('data class %s is %s', (text, value) => {
    expect(got(choiceOf(dataClasses, DATA_CLASS_WORDS)(text))).toBe(value);
  });
  it.each([
    ['Portal-1', 'portal-1'],
    ['ｐｏｒｔａｌ', 'portal'],
    ['门户', 'E_CELL_ID'],
    ['-a', 'E_CELL_ID'],
    ['a'.repeat(64), 'E_CELL_ID'],
  ])('id %s is %s', (text, value) => {
    expect(got(readId(63)(text))).toBe(value);
  });
});

describe('a date', () => {
  it.each([
    '2023-12-05',
    '2023/12/5',
    '2023.12.5',
    '2023年12月5日',
    '２０２３年１２月５日',
    '20231205',
    '2023-12-05 00:00:00',
    '2023/12/5 0:00',
    '45265',
    '45265.75',
  ])('%s is a day', (text) => {
    for (const use of ['day', 'deadline'] as const)
      expect(got(readDate(text, '1900', use))).toBe('2023-12-05');
  });

  it.each([
    ['43803', '1904', '2023-12-05'],
    ['25569', '1900', '1970-01-01'],
  ] as const)('serial number %s of %s is %s', (text, system, date) => {
    expect(got(readDate(text, system, 'day'))).toBe(date);
  });

  it.each([
    ['2023年12月底前', '2023-12-31'],
    ['2023年12月', '2023-12-31'],
    ['2023.12', '2023-12-31'],
    ['2024-2', '2024-02-29'],
    ['2023年底', '2023-12-31'],
    ['2023年底前', '2023-12-31'],
    ['2023年', '2023-12-31'],
    ['2023年内', '2023-12-31'],
    ['2023年12月5日前', '2023-12-05'],
  ])('%s is the deadline %s and no day', (text, date) => {
    expect(got(readDate(text, '1900', 'deadline'))).toBe(date);
    expect(got(readDate(text, '1900', 'day'))).toMatch(/^E_CELL_DATE/);
  });

  it.each([
    ['2023年12月前', 'E_CELL_DATE_BEFORE'],
    ['2023年前', 'E_CELL_DATE_BEFORE'],
    ['2023-02-30', 'E_CELL_DATE'],
    ['2023-13', 'E_CELL_DATE'],
    // What a spreadsheet makes of 2023.10.
    ['2023.1', 'E_CELL_DATE'],
    ['23.12.5', 'E_CELL_DATE'],
    ['12/5/2023', 'E_CELL_DATE'],
    ['2023/12-5', 'E_CELL_DATE'],
    ['2023年上半年', 'E_CELL_DATE'],
    ['2023年6月上旬', 'E_CELL_DATE'],
    ['年底', 'E_CELL_DATE'],
    ['99999', 'E_CELL_DATE'],
    ['1234', 'E_CELL_DATE'],
    ['0023-01-01', 'E_CELL_DATE'],
  ])('%s is %s', (text, code) => {
    expect(got(readDate(text, '1900', 'deadline'))).toBe(code);
  });

  it.each(['长期', '无', '/', '—'])('%s is no deadline', (text) => {
    expect(got(readDeadline(text, '1900'))).toBeNull();
  });

  it('comes back from every way to print it', () => {
    const pad = (n: number) => String(n).padStart(2, '0');
    const forms: readonly ((y: number, m: number, d: number) => string)[] = [
      (y, m, d) => `${y}-${pad(m)}-${pad(d)}`,
      (y, m, d) => `${y}/${m}/${d}`,
      (y, m, d) => `${y}.${m}.${d}`,
      (y, m, d) => `${y}年${m}月${d}日`,
      (y, m, d) => `${y}${pad(m)}${pad(d)}`,
      (y, m, d) => String(Date.UTC(y, m - 1, d) / 86_400_000 + 25_569),
    ];
    // From 1955 to 2098, the years in which five digits are a serial number.
    const days = fc.integer({ min: -5400, max: 47_000 });
    fc.assert(
      fc.property(
        days,
        fc.constantFrom(...forms),
        fc.constantFrom<DateUse>('day', 'deadline'),
        (day, form, use) => {
          const date = new Date(day * 86_400_000);
          const text = form(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
          expect(got(readDate(text, '1900', use)), text).toBe(date.toISOString().slice(0, 10));
        },
      ),
      { seed },
    );
  });
});

it('no reader fails on whatever a cell holds, and none takes what it cannot say again', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '万元', '万人', 'gb', '核'),
      (text, unit) => {
        for (const result of [
          readCount(text, unit, 1000),
          readMoney(text, unit),
          readMlps(text),
          readGrade(text),
          readYes(text),
          readDate(text, '1904', 'deadline'),
          readId(63)(text),
        ])
          expect(typeof result.ok).toBe('boolean');
        readPart(text, unit);
      },
    ),
    { seed, numRuns: 100 },
  );
});
