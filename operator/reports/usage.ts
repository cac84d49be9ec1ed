import type { Usage } from '../../api/reports/index.ts';
import { onSnapshot } from '../../books/database.ts';
import { readTime } from '../../books/reports-requests.ts';
import { type Period, type PeriodUse, readUse } from '../../books/usage.ts';
import { DAY_STEPS, daysIn, useUnitOf } from '../../domain/usage/day.ts';
import { renderBoth } from '../../messages/index.ts';
import { useFaults } from '../../messages/usage.ts';
import { column, defineReport, named, nameColumn } from './resource.ts';

/** What allocations used in a period. */
export const usage = defineReport('usage', {
  singular: 'usage',
  kind: 'Usage',
  namespaced: true,
  columns: [
    nameColumn,
    column('System', '系统 / system', (item) => item.system),
    column('Granted', '批准量 / granted', (item) => item.granted ?? ''),
    column('Mean', '平均 / mean', (item) => item.mean ?? ''),
    column('P50', '中位数 / median', (item) => item.p50 ?? '', { wide: true }),
    column('P95', '95 分位 / 95th percentile', (item) => item.p95 ?? ''),
    column('Max', '最高 / highest', (item) => item.max ?? ''),
    column('Unit', '单位 / unit', (item) => item.unit),
    column('Coverage', '覆盖率 / coverage', (item) => `${item.coverageBasisPoints / 100}%`),
    column('Missing-Days', '缺的天数 / days that are not in the books', (item) => item.missingDays, {
      type: 'integer',
      wide: true,
    }),
  ],
  read: async ({ books }, query) => {
    const { namespace, name, parameters } = query;
    const [allocation = parameters.text('allocation')] = name?.split(/\.(?=[a-z]+$)/) ?? [];
    const system = parameters.text('system');
    const after = name === undefined ? parameters.text('continue') : undefined;
    return onSnapshot(books, async (snapshot) => {
      const period = parameters.period(await readTime(snapshot));
      const page = await readUse(snapshot, {
        ...period,
        ...(namespace === undefined ? {} : { namespace }),
        ...(allocation === undefined ? {} : { allocation }),
        ...(system === undefined ? {} : { system }),
        ...(after === undefined ? {} : { after }),
        limit: parameters.limit,
      });
      const items = page.items.map((it) => usageOf(it, period));
      return { items: named(items, query), ...(page.next === undefined ? {} : { next: page.next }) };
    });
  },
});

export function usageOf(
  { metered, resource, granted, days, samples, figures, faults }: PeriodUse,
  period: Period,
): Usage {
  const { uid, namespace, name, organization, system, item, pool, zone, arch, series } = metered;
  const all = daysIn(period);
  const number = (amount: { value: bigint }) => Number(amount.value);
  return {
    metadata: { name: `${name}.${resource}`, namespace },
    allocation: name,
    allocationUid: uid,
    organization,
    system,
    item,
    pool,
    zone,
    arch,
    resource,
    unit: useUnitOf(resource),
    ...(resource === 'network' ? {} : { granted: number(granted) }),
    ...(figures === undefined
      ? {}
      : {
          mean: number(figures.mean),
          p50: number(figures.p50),
          p95: number(figures.p95),
          p99: number(figures.p99),
          max: number(figures.max),
        }),
    ...period,
    days,
    missingDays: all - days,
    coverageBasisPoints: Math.floor((samples * 10_000) / (all * DAY_STEPS)),
    faults: faults.map((fault) => ({ ...fault, message: renderBoth(useFaults[fault.code]) })),
    series: series[resource] ?? [],
  };
}
