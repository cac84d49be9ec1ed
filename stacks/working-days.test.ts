import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWorkday } from 'chinese-days';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { dueDate } from '../domain/calendar.ts';

const manifest = load(readFileSync(join(import.meta.dirname, 'shanwei/working-days.yaml'), 'utf8')) as {
  data: { 'calendar.yaml': string };
};
const published = load(manifest.data['calendar.yaml']) as {
  years: number[];
  holidays: string[];
  workdays: string[];
};
const calendar = {
  years: published.years,
  holidays: new Set(published.holidays),
  workdays: new Set(published.workdays),
};

describe('the published working days', () => {
  it.each(published.years)('of %i agree with chinese-days, day by day', (year) => {
    let worked = 0;
    for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 86_400_000) {
      const before = new Date(day - 86_400_000).toISOString().slice(0, 10);
      const date = new Date(day).toISOString().slice(0, 10);
      // One working day after the day before is this day exactly if it is worked.
      const ours = dueDate(calendar, `${before}T04:00:00Z`, 1).date === date;
      expect({ date, worked: ours }).toEqual({ date, worked: isWorkday(date) });
      if (ours) worked += 1;
    }
    expect(worked).toBe(248);
  });
});
