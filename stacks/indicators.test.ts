import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { indicatorsFile } from '../api/reports/indicators.ts';

const manifest = load(readFileSync(join(import.meta.dirname, 'shanwei/indicators.yaml'), 'utf8')) as {
  data: { 'indicators.yaml': string };
};

test('the indicators of the plan are what reports read, with the figures of the plan', () => {
  const indicators = indicatorsFile.parse(load(manifest.data['indicators.yaml']));
  expect(indicators.map(({ number, baseline, target }) => [number, baseline?.value, target.value])).toEqual([
    ['18', 17_400_000, 39_000_000],
    ['19', 7000, 10_000],
    ['23', undefined, 5000],
    ['-', undefined, 10_000],
  ]);
});
