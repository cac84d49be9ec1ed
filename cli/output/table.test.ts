import { expect, test } from 'vitest';
import { Reader } from './reader.ts';
import { type Column, fields, inertLines, oneLine, table } from './table.ts';

interface Row {
  readonly name: string;
  readonly count: string;
}

const columns: readonly Column<Row>[] = [
  { header: { zh: '名称', en: 'NAME' }, value: ({ name }) => name },
  { header: { zh: '数量', en: 'COUNT' }, value: ({ count }) => count, align: 'right' },
  { header: { zh: '更多', en: 'MORE' }, value: () => 'x', wide: true },
];
const rows = [
  { name: '市卫生健康局', count: '6' },
  { name: 'vm', count: '12' },
];
const zh = new Reader('zh', '2026-11-24T00:00:00Z');

test('columns line up whatever the width of their characters', () => {
  expect(table(columns, rows, zh).lines).toEqual([
    '名称           数量',
    '市卫生健康局      6',
    'vm               12',
  ]);
});

test('wide columns, no header, English', () => {
  expect(table(columns, rows, zh, { wide: true, headers: false }).lines[1]).toBe('vm             12   x');
  expect(table(columns, rows, new Reader('en', zh.now)).lines[0]).toBe('NAME           COUNT');
});

test('nothing that somebody wrote steers the terminal or breaks a line', () => {
  const evil = [{ name: '\u001b[2Ja\r\nb\u0007', count: '' }];
  expect(table(columns, evil, zh, { headers: false }).lines).toEqual(['[2Ja b   -']);
  expect(fields([['x', 'a\u001b]0;t\u0007\nb']])).toEqual(['x  a]0;t', '   b']);
});

test('nor turns the direction of what stands beside it, hides, or pretends to be a line of ours', () => {
  const evil = [{ name: 'vm\u202eexe\u2066\u200b\ufeffx\u2028y\tz\u{e0041}', count: '1' }];
  expect(table(columns, evil, zh, { headers: false }).lines).toEqual(['vmexex y z   1']);
  expect(oneLine('同意\n批复  approver  通过')).toBe('同意 批复  approver  通过');
  expect(inertLines('a\r\n\u009b2Jb\u2029c')).toEqual(['a', '2Jb', 'c']);
});

test('fields without a value are left out', () => {
  expect(
    fields([
      ['状态', '待初审'],
      ['期限', undefined],
      ['名', ''],
    ]),
  ).toEqual(['状态  待初审']);
});
