import { describe, expect, it } from 'vitest';
import type { ReportName } from '../../api/reports/index.ts';
import { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';

const parameters = (query: string, resource: ReportName = 'capacity') =>
  new Parameters(resource, new URLSearchParams(query));

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'no refusal';
}

describe('pastMoment', () => {
  /** 00:30 on 1 March in the city, still February by UTC. */
  const now = new Date('2026-02-28T16:30:00.000Z');
  const at = (value: string) => parameters(`asOf=${value}`).pastMoment('asOf', now)?.toISOString();

  it.each([
    ['2026-02-28', '2026-02-28T15:59:59.999Z'],
    ['2026-03-01', '2026-02-28T16:30:00.000Z'],
    ['2024-02-29', '2024-02-29T15:59:59.999Z'],
    ['2026-01-31T08:00:00%2B08:00', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00:00+08:00', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00:00.123456Z', '2026-01-31T08:00:00.123Z'],
    ['2026-02-28T16:30:00Z', '2026-02-28T16:30:00.000Z'],
  ])('%s is %s', (value, expected) => {
    expect(at(value)).toBe(expected);
  });

  it('is left out when it is not asked for', () => {
    expect(parameters('').pastMoment('asOf', now)).toBeUndefined();
  });

  it.each([
    ['2026-03-02', 'E_REPORT_FUTURE'],
    ['2026-02-28T16:30:00.001Z', 'E_REPORT_FUTURE'],
    ['2026-02-30', 'E_REPORT_VALUE'],
    ['2026-13-01', 'E_REPORT_VALUE'],
    ['2026-02-28T25:00:00Z', 'E_REPORT_VALUE'],
    ['2026-02-28T10:00:00', 'E_REPORT_VALUE'],
    ['yesterday', 'E_REPORT_VALUE'],
    ['1772294400', 'E_REPORT_VALUE'],
  ])('%s is refused as %s', (value, code) => {
    expect(codeOf(() => at(value))).toBe(code);
  });
});

describe('from and until', () => {
  it('take in a whole day of the city', () => {
    const day = parameters('from=2026-01-31&until=2026-01-31', 'auditrecords');
    expect(day.from('from')?.toISOString()).toBe('2026-01-30T16:00:00.000Z');
    expect(day.until('until')?.toISOString()).toBe('2026-01-31T16:00:00.000Z');
  });

  it('leave a moment as it is', () => {
    const moment = parameters('from=2026-01-31T00:00:00Z&until=2026-01-31T00:00:00Z', 'auditrecords');
    expect(moment.from('from')).toEqual(moment.until('until'));
  });
});

describe('limit and continue', () => {
  it.each([
    ['', 500],
    ['limit=0', 500],
    ['limit=7', 7],
    ['limit=100000', 5_000],
  ])('"%s" reads %i at most', (query, limit) => {
    expect(parameters(query).limit).toBe(limit);
  });

  it.each(['limit=-1', 'limit=many', 'limit=1.5'])('refuses %s', (query) => {
    expect(codeOf(() => parameters(query).limit)).toBe('E_REPORT_VALUE');
  });

  it.each(['continue=-1', 'continue=x', `continue=${'9'.repeat(19)}`, 'continue=007'])(
    'refuses %s',
    (query) => {
      expect(codeOf(() => parameters(query).continueAfter)).toBe('E_REPORT_VALUE');
    },
  );
});

describe('what would change the answer but is not known', () => {
  it.each([
    ['asof=2026-01-01', 'E_REPORT_PARAMETER'],
    ['watch=true', 'E_REPORT_WATCH'],
    ['watch=1', 'E_REPORT_WATCH'],
    ['labelSelector=a%3Db', 'E_REPORT_VALUE'],
  ])('refuses %s as %s', (query, code) => {
    expect(codeOf(() => parameters(query))).toBe(code);
  });

  it('lets pass what every Kubernetes client may send', () => {
    parameters(
      'limit=500&resourceVersion=0&timeout=30s&pretty=true&watch=false&labelSelector=&fieldSelector=',
    );
  });
});

describe('selectors', () => {
  it.each([
    ['', undefined],
    ['fieldSelector=metadata.name%3Dpool-a', 'pool-a'],
    ['fieldSelector=metadata.name%3D%3Dpool-a', 'pool-a'],
  ])('"%s" selects %s', (query, name) => {
    expect(parameters(query).selectedName).toBe(name);
  });

  it.each(['metadata.name!=a', 'metadata.name=a,metadata.name=b', 'pool=a', 'metadata.name='])(
    'refuses %s',
    (value) => {
      const query = `fieldSelector=${encodeURIComponent(value)}`;
      expect(codeOf(() => parameters(query).selectedName)).toBe('E_REPORT_VALUE');
    },
  );

  it('reads several states and refuses one that no hold has, or that only objects have', () => {
    expect(parameters('state=posted&state=pending', 'holds').states).toEqual(['posted', 'pending']);
    expect(codeOf(() => parameters('state=lost', 'holds').states)).toBe('E_REPORT_VALUE');
    expect(codeOf(() => parameters('state=toString', 'holds').states)).toBe('E_REPORT_VALUE');
  });

  it('reads checkpoints', () => {
    const hash = 'a'.repeat(64);
    expect(parameters(`checkpoint=12:${hash}`, 'verifications').checkpoints).toEqual([{ seq: 12n, hash }]);
    expect(codeOf(() => parameters('checkpoint=12:abc', 'verifications').checkpoints)).toBe('E_REPORT_VALUE');
  });
});
