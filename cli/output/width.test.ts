import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { textWidth } from './width.ts';

test.each([
  ['', 0],
  ['ZY-2026-000123', 14],
  ['待技术评审', 10],
  ['全民健康信息综合管理平台（二期）', 32],
  ['1,234.56 元', 11],
  ['“新申请”…', 9],
  ['ｖｍ×６', 7],
  ['e\u0301', 1],
  ['a\u200bb', 2],
])('%s takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('agrees with string-width on every text of the scripts that the city writes', () => {
  const char = fc.oneof(
    fc.integer({ min: 0x20, max: 0x7e }),
    fc.integer({ min: 0xa1, max: 0x24f }),
    fc.integer({ min: 0x2010, max: 0x2027 }),
    fc.integer({ min: 0x3000, max: 0x3029 }),
    fc.integer({ min: 0x3030, max: 0x303e }),
    fc.integer({ min: 0x3041, max: 0x3096 }),
    fc.integer({ min: 0x3400, max: 0x9fff }),
    fc.integer({ min: 0xff01, max: 0xff5e }),
    fc.integer({ min: 0x20000, max: 0x2a6df }),
  );
  const text = fc.array(char, { maxLength: 40 }).map((points) => String.fromCodePoint(...points));
  fc.assert(
    fc.property(text, (it) => textWidth(it) === stringWidth(it)),
    { seed: 20_261_124, numRuns: 2000 },
  );
});
