import { inflateRawSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import { copyWithResults, encodeGb18030 } from './sheet-copy.ts';
import { readSheet } from './sheet.ts';

const ROWS = [
  ['汇总表', '', ''],
  ['名称', '数', '电话'],
  ['政务门户', '1', '+86 0660-1'],
  ['绝密指挥系统', '2', '110'],
  ["=cmd|'/C calc'!A0", '-3', '@SUM(A1)'],
  ['合计', '6'],
];
const READING = {
  layout: { headerRow: 2, lastHeaderRow: 2, resultColumn: 3 },
  classified: [4],
};
const RESULTS = new Map([
  [3, '已登记'],
  [4, '未导入：E_ROW_CLASSIFIED'],
  [5, '=未导入'],
  [6, '跳过：合计行'],
]);

async function copied(content: Buffer): Promise<Buffer> {
  const office = await readSheet('f', content);
  return Buffer.from(await copyWithResults(content, office, READING, '导入结果', RESULTS));
}

const csv = (delimiter = ',', end = '\r\n') => ROWS.map((row) => `${row.join(delimiter)}${end}`).join('');

describe('a copy of a CSV file', () => {
  it.each([
    ['UTF-8', Buffer.from(csv()), 'utf-8', ','],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${csv()}`), 'utf-8', ','],
    ['GB 18030', Buffer.from(encodeGb18030(csv('\t', '\n'))), 'gb18030', '\t'],
  ])('in %s keeps its form and its cells', async (_, content, encoding, delimiter) => {
    const copy = await copied(content);
    expect(copy.includes(Buffer.from('\ufeff'))).toBe(content.includes(Buffer.from('\ufeff')));
    const text = new TextDecoder(encoding, { fatal: true }).decode(copy);
    expect(text.includes('\r\n')).toBe(delimiter === ',');
    const lines = text.split(/\r?\n/).map((line) => line.split(delimiter));
    expect(lines[1]).toEqual(['名称', '数', '电话', '导入结果']);
    expect(lines[2]).toEqual(['政务门户', '1', '+86 0660-1', '已登记']);
    expect(lines[5]).toEqual(['合计', '6', '', '跳过：合计行']);
    // Of a classified row nothing comes back, and nothing is computed.
    expect(lines[3]).toEqual(['', '', '', '未导入：E_ROW_CLASSIFIED']);
    expect(lines[4]).toEqual(["'=cmd|'/C calc'!A0", '-3', "'@SUM(A1)", "'=未导入"]);
  });
});

describe('a copy of a workbook', () => {
  /** Everything that the archive holds, unpacked. */
  function contentOf(zip: Buffer): string {
    const texts: string[] = [];
    for (let at = zip.indexOf('PK\u0003\u0004'); at >= 0; at = zip.indexOf('PK\u0003\u0004', at + 4)) {
      const [method, packed] = [zip.readUInt16LE(at + 8), zip.readUInt32LE(at + 18)];
      const from = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
      const body = zip.subarray(from, from + packed);
      texts.push((method === 8 ? inflateRawSync(body) : body).toString());
    }
    return texts.join('\n');
  }

  it('holds the sheet that was read, its looks, and nothing of a classified row, of formulas, of other sheets', async () => {
    const content = Buffer.from(
      await writeXlsx({
        sheets: [
          { name: '藏', rows: [['绝密名单']], hidden: true },
          {
            name: '系统',
            rows: ROWS,
            merges: [{ startRow: 0, startCol: 0, endRow: 0, endCol: 2 }],
            cells: new Map([
              ['1,0', { value: '名称', style: { font: { bold: true } } }],
              ['5,1', { type: 'formula', formula: 'SUM(B3:B5)', formulaResult: 6, value: 6 }],
              ['2,2', { value: '0660-1', comment: { text: '绝密批注' } }],
            ]),
          },
          { name: '另', rows: [['绝密名单二']] },
        ],
        properties: { title: '绝密标题' },
      }),
    );
    expect(contentOf(content)).toContain('绝密指挥系统');
    const copy = await copied(content);
    const inside = contentOf(copy);
    expect(inside).not.toContain('绝密');
    expect(inside).not.toMatch(/<f>|<f /);
    expect(inside).toContain('<b/>');
    const { sheet } = await readSheet('copy.xlsx', copy);
    expect(sheet.merges).toEqual([{ startRow: 0, startCol: 0, endRow: 0, endCol: 2 }]);
    expect(sheet.rows.slice(1)).toEqual([
      ['名称', '数', '电话', '导入结果'],
      ['政务门户', '1', '0660-1', '已登记'],
      ['', '', '', '未导入：E_ROW_CLASSIFIED'],
      ["=cmd|'/C calc'!A0", '-3', '@SUM(A1)', '=未导入'],
      ['合计', '6', '', '跳过：合计行'],
    ]);
  });
});

it('whatever Unicode has, but for what is private, comes back from GB 18030', () => {
  const beyond = [0x10000, 0x1f600, 0x2070e, 0x10ffff];
  const points = [...Array.from({ length: 0x10000 }, (_, index) => index), ...beyond].filter(
    (it) => (it < 0xd800 || it > 0xdfff) && (it < 0xe000 || it > 0xf8ff),
  );
  const text = points.map((it) => String.fromCodePoint(it)).join('');
  const decoder = new TextDecoder('gb18030', { fatal: true, ignoreBOM: true });
  const back = Array.from(decoder.decode(encodeGb18030(text)), (it) => it.codePointAt(0) ?? -1);
  expect(points.filter((it, at) => back[at] !== it)).toEqual([]);
});
