import { expect, it } from 'vitest';
import { columnName } from './header.ts';

it.each([
  ['内存（GB）', '内存', 'gb'],
  ['* 数量 (台)【必填】', '数量', '台'],
  ['单位（单位：核）', '单位', '核'],
])('%s names a column %s, in %s', (text, name, unit) => {
  expect(columnName(text)).toEqual({ name, unit });
});

it('a text that is too long for a name is none, and is not taken apart', () => {
  const text = `名称${'()'.repeat(10_000)}`;
  expect(columnName(text)).toEqual({ name: text, unit: '' });
});
