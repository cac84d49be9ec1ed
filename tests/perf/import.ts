import { parseCsv } from 'hucre/csv';
import { readXlsx, writeXlsx } from 'hucre/xlsx';
import { copyWithResults } from '../../cli/services/sheet-copy.ts';
import { readSheet } from '../../cli/services/sheet.ts';
import { organizationNames } from '../../domain/office/names.ts';
import { readSystems } from '../../domain/office/systems.ts';
import { Random } from '../../domain/testing/random.ts';
import { figureOf, type Run } from './figures.ts';
import type { Suite } from './suite.ts';

const ROWS = 20_000;
const SEED = 42;
/** Of what the library needs for the same file. Splitting CSV costs so little that understanding its cells is most of it. */
const AIM = { xlsx: 3, csv: 8 };

const HEAD = [
  '标识',
  '名称',
  '责任单位',
  '层级',
  '等保级别',
  '数据分级',
  '用户数（万人）',
  '部署',
  '联系人',
  '电话',
  '完成时限',
];

/**
 * What an import of as many rows as a file may have costs before anything is sent, and what the copy with the results costs:
 * systems as offices write them, one in twenty rows wrong. Their floors are what the spreadsheet library alone needs for the
 * same file.
 */
export const importing: Suite = async ({ runs, scaled, say }) => {
  const random = new Random(SEED);
  const departments = Array.from({ length: 60 }, (_, at) => `市第${at}局`);
  const names = organizationNames(
    departments.map((name, at) => ({ code: `441500-${at}`, type: 'department', names: [name], parents: [] })),
  );
  const rows = Array.from({ length: scaled(ROWS) }, (_, at) => [
    `system-${at}`,
    `政务信息系统第${at}号平台`,
    random.one(departments).slice(random.below(2)),
    random.one(['部门自建', '市级', '县级自建']),
    random.below(20) === 0 ? '未定级' : random.one(['二级', '等保三级', '3']),
    random.one(['公开', '内部', '重要数据']),
    random.one(['1.74', '0.5', '12']),
    random.one(['政务云', '规划中']),
    '王强',
    '0660-3360000',
    random.one(['2026年12月底前', '2026.6', '2026-12-31']),
  ]);
  const table = [['汕尾市政务信息系统汇总表'], HEAD, ...rows];
  const xlsx = Buffer.from(await writeXlsx({ sheets: [{ name: '系统', rows: table }] }));
  const csv = Buffer.from(table.map((row) => `${row.join(',')}\r\n`).join(''));
  say(`import: ${rows.length} rows, ${xlsx.length} bytes as xlsx, ${csv.length} as CSV`);

  const read = async (content: Buffer) => {
    const file = await readSheet('table', content);
    const reading = readSystems(file.sheet, names);
    if (reading.good.length === 0 || reading.good.length === rows.length)
      throw new Error('not as it was made');
    return { file, reading };
  };
  const copy = async (content: Buffer) => {
    const { file, reading } = await read(content);
    const results = new Map(reading.good.map(({ row }) => [row, '已登记']));
    await copyWithResults(content, file, reading, '导入结果', results);
  };
  const bareCopy = async () => {
    const { sheets } = await readXlsx(xlsx);
    await writeXlsx({ sheets: sheets.map(({ name, rows: cells }) => ({ name, rows: cells })) });
  };
  const measures = [
    ['of xlsx', 'readXlsx alone', AIM.xlsx, () => readXlsx(xlsx), () => read(xlsx)],
    ['of CSV', 'parseCsv alone', AIM.csv, async () => parseCsv(csv.toString()), () => read(csv)],
    ['of xlsx, with its copy', 'readXlsx and writeXlsx alone', AIM.xlsx, bareCopy, () => copy(xlsx)],
  ] as const;
  const figures = [];
  for (const [name, floor, atMost, bare, ours] of measures) {
    // The first time is for the compiler.
    await ours();
    const measured: Run[] = [];
    for (let run = 1; run <= runs; run++) {
      const least = await milliseconds(bare);
      const value = await milliseconds(ours);
      say(`import ${name}: run ${run} of ${runs}: ${value.toFixed(0)} ms, bare ${least.toFixed(0)} ms`);
      measured.push({ value, floor: least });
    }
    const aim = { of: 'ratio', atMost } as const;
    figures.push(figureOf({ name: `import ${name}, ${rows.length} rows`, floor, unit: 'ms', aim }, measured));
  }
  return figures;
};

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
