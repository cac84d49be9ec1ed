import { expect, test } from 'vitest';
import { age, cityTime, printedYuan, quantity, yuan } from './format.ts';

test.each([
  [0, '0.00 元', '¥0.00'],
  [5, '0.05 元', '¥0.05'],
  [123_456, '1,234.56 元', '¥1,234.56'],
  [100_000_000_00, '100,000,000.00 元', '¥100,000,000.00'],
  [-123_456, '-1,234.56 元', '-¥1,234.56'],
])('%i fen is %s', (fen, zh, en) => {
  expect(yuan(fen, 'zh')).toBe(zh);
  expect(yuan(fen, 'en')).toBe(en);
});

test.each([
  [999_999, '9,999.99 元'],
  [1_000_000, '10,000.00 元（1 万元）'],
  [104_000_001, '1,040,000.01 元（104.000001 万元）'],
  [-73_456_000, '-734,560.00 元（-73.456 万元）'],
])('%i fen is printed as %s', (fen, text) => {
  expect(printedYuan(fen, 'zh')).toBe(text);
  expect(printedYuan(fen, 'en')).toBe(yuan(fen, 'en'));
});

test.each([
  ['vcpu', '64', '64'],
  ['vcpu', '17400', '17,400'],
  ['vcpu', '1500m', '1.5'],
  ['vcpu', '-250m', '-0.25'],
  ['memory', '37961Gi', '37,961 GB'],
  ['memory', '2Ti', '2,048 GB'],
  ['memory', '512Mi', '0.5 GB'],
  ['ssd', '2224Gi', '2,224 GB'],
  ['ssd', '1024Gi', '1 T'],
  ['hdd', '923Ti', '923 T'],
  ['hdd', '-1Ti', '-1 T'],
  ['ssd', '0', '0'],
] as const)('%s %s is shown as %s', (resource, text, shown) => {
  expect(quantity(resource, text)).toBe(shown);
});

test('an absent quantity is a dash', () => {
  expect(quantity('vcpu', undefined)).toBe('-');
});

const AT = '2026-11-24T08:00:00Z';
test.each([
  ['2026-11-24T07:59:55Z', '5s'],
  ['2026-11-24T07:58:01Z', '119s'],
  ['2026-11-24T07:30:00Z', '30m'],
  ['2026-11-24T03:30:00Z', '4h30m'],
  ['2026-11-23T08:00:00Z', '24h'],
  ['2026-11-21T04:00:00Z', '3d4h'],
  ['2026-01-01T00:00:00Z', '327d'],
  ['2026-11-24T09:00:00Z', '0s'],
])('since %s is %s', (since, shown) => {
  expect(age(since, AT)).toBe(shown);
});

test('times are the city’s', () => {
  expect(cityTime('2026-11-24T16:05:00Z')).toBe('2026-11-25 00:05');
  expect(cityTime(undefined)).toBe('-');
});
