import fc from 'fast-check';
import { parseCsv } from 'hucre/csv';
import { readXlsx } from 'hucre/xlsx';
import { describe, expect, test } from 'vitest';
import type { ReportBody, ReportRow } from '../../api/reports/report.ts';
import { SEEDED } from '../../domain/testing/seed.ts';
import { Reader } from '../output/reader.ts';
import { reportCsv } from './csv.ts';
import { reportHtml } from './html.ts';
import { chromiumPath } from './pdf.ts';
import { reportLines } from './table.ts';
import { shownNumber } from './values.ts';
import { reportXlsx } from './xlsx.ts';

const [zh, en] = [new Reader('zh', '2026-06-30T00:00:00Z'), new Reader('en', '2026-06-30T00:00:00Z')];
const both = (zh: string, en: string) => ({ zh, en });

function report(rows: readonly ReportRow[], totals?: ReportRow): ReportBody {
  return {
    title: both('容量', 'Capacity'),
    asOf: '2026-06-30T15:59:59.999Z',
    madeAt: '2026-07-01T00:00:00.000Z',
    sections: [
      {
        key: 'one',
        title: both('第一节', 'First'),
        columns: [
          { key: 'name', title: both('名称', 'Name'), type: 'text' },
          { key: 'day', title: both('日期', 'Day'), type: 'date' },
          { key: 'vcpu', title: both('核数', 'vCPU'), type: 'integer', unit: 'millicores' },
          { key: 'memory', title: both('内存', 'Memory'), type: 'integer', unit: 'bytes' },
          { key: 'share', title: both('比例', 'Share'), type: 'integer', unit: 'basisPoints' },
        ],
        rows,
        ...(totals ? { totals } : {}),
        notes: [both('一条注', 'a note')],
        chart: { shape: 'bars', labels: ['name'], series: ['vcpu'] },
      },
      { key: 'two', title: both('第一节', 'First'), columns: [], rows: [], notes: [] },
    ],
    notes: [both('一条注', 'a note')],
    missing: [{ what: both('较上月', 'the change'), why: both('账本未始', 'no books') }],
  };
}

const ROW = { name: both('甲', 'A'), day: '2026-06-30', vcpu: 1_234_500, memory: 3 * 2 ** 29, share: 1666 };
const one = report([ROW], { ...ROW, name: both('合计', 'Total'), day: null });

test('a terminal shows units, totals, each note once, and what is missing', () => {
  expect(reportLines(one, zh, { wide: false })).toEqual([
    '容量',
    '全市 · 截至 2026-06-30 23:59 · 制表 2026-07-01 08:00',
    '',
    '第一节',
    expect.stringMatching(/^名称 +日期 +核数（核） +内存（GB） +比例（%）$/),
    expect.stringMatching(/^甲 +2026-06-30 +1,234\.5 +1\.5 +16\.66$/),
    expect.stringMatching(/^合计 +- +1,234\.5 +1\.5 +16\.66$/),
    '',
    '第一节',
    '（无）',
    '',
    '注：一条注',
    '未给出：较上月。原因：账本未始',
  ]);
  expect(reportLines(one, en, { wide: false })[4]).toMatch(/^Name +Day +vCPU \(cores\)/);
});

describe('CSV', () => {
  const cells = (rows: readonly ReportRow[]) => {
    const { sections, ...rest } = report(rows);
    return parseCsv(reportCsv({ ...rest, sections: sections.slice(0, 1) }, en));
  };

  test('of one section is the bare table, its numbers plain', () => {
    expect(cells([ROW])).toEqual([
      ['Name', 'Day', 'vCPU (cores)', 'Memory (GB)', 'Share (%)'],
      ['A', '2026-06-30', '1234.5', '1.5', '16.66'],
    ]);
  });
  test('of all has titles and remarks around the tables', () => {
    const lines = reportCsv(one, en).split('\r\n');
    expect(lines.slice(0, 5)).toEqual([
      'Capacity',
      'the whole city · as of 2026-06-30 23:59 · made 2026-07-01 08:00',
      '',
      'First',
      'Name,Day,vCPU (cores),Memory (GB),Share (%)',
    ]);
    expect(lines).toContain('"Not given: the change, because no books"');
  });
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '"=1'])('%j is no formula', (name) => {
    const [, row] = cells([{ name }]);
    expect(row?.[0]).not.toMatch(/^\s*[=+\-@]/);
  });
  test('a negative number stays a number', () => {
    expect(cells([{ vcpu: -500 }])[1]?.[2]).toBe('-0.5');
  });
  test('any text comes back as it went in, on one line, and never as a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const [, row, ...rest] = cells([{ name, day: 'x' }]);
        expect(rest).toEqual([]);
        expect(row?.[1]).toBe('x');
        expect(row?.[0]).not.toMatch(/^[=+\-@\t\r]/);
      }),
      SEEDED,
    );
  });
});

test('every form keeps every integer apart: what is shown is read back exactly', () => {
  const columns = one.sections[0]?.columns.filter(({ type }) => type === 'integer') ?? [];
  const scales = [1000, 2 ** 30, 100];
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (value) => {
      for (const [index, column] of columns.entries()) {
        const shown = String(shownNumber(column, value));
        expect(Math.round(Number(shown) * (scales[index] ?? 1))).toBe(value);
      }
    }),
    SEEDED,
  );
});

test('a workbook has a sheet for each section, its head frozen, numbers as numbers, texts as texts', async () => {
  const formula = { ...ROW, name: '=1+1' };
  const book = await readXlsx(await reportXlsx(report([formula], ROW), zh), { readStyles: true });
  expect(book.sheets.map(({ name }) => name)).toEqual(['说明', '第一节', '第一节 2']);
  expect(book.sheets[0]?.rows.flat()).toContain('未给出：较上月。原因：账本未始');
  const sheet = book.sheets[1];
  expect(sheet?.rows.slice(0, 6).map((row) => row.filter((cell) => cell !== null))).toEqual([
    ['容量'],
    ['第一节'],
    ['全市 · 截至 2026-06-30 23:59 · 制表 2026-07-01 08:00'],
    ['名称', '日期', '核数（核）', '内存（GB）', '比例（%）'],
    ['=1+1', '2026-06-30', 1234.5, 1.5, 16.66],
    ['甲', '2026-06-30', 1234.5, 1.5, 16.66],
  ]);
  expect(sheet?.freezePane).toMatchObject({ rows: 4 });
  expect(sheet?.pageSetup).toMatchObject({ paperSize: 'a4', orientation: 'landscape' });
});

describe('a page', () => {
  test('is one file in its language, without a script and with nothing from outside', () => {
    const page = reportHtml(one, zh);
    expect(page).toContain('<html lang="zh-CN">');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|https?:\/\/|@import|url\(|\son\w+=/);
    expect(page).toContain('<td class="n">1,234.5</td>');
    expect(page).toContain('<svg');
  });
  test('shows what anybody wrote as text', () => {
    const page = reportHtml(report([{ ...ROW, name: '<img src=x onerror=alert(1)>"\'&' }]), en);
    expect(page).not.toContain('<img');
    expect(page).toContain('&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;');
  });
});

test('Chromium is the one that is named, else one on the path; else it is said what to do', () => {
  const self = import.meta.filename;
  expect(chromiumPath({ GOVCLOUD_CHROMIUM: self, PATH: '' })).toBe(self);
  for (const env of [{ PATH: '/nowhere:' }, { GOVCLOUD_CHROMIUM: '/nowhere/chromium', PATH: '/usr/bin' }]) {
    expect(() => chromiumPath(env)).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ code: 'E_CHROMIUM' })] }),
    );
  }
});
