import type { ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { resourceNames } from '../../messages/books.ts';
import { reportNotes, reportWords, sectionTitles } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { GIB, type Resource, RESOURCES } from '../quantity.ts';
import type { CapacityFacts } from './capacity-facts.ts';
import { FORECAST_DAYS, FORECAST_MIN_DAYS, forecastFull } from './forecast.ts';
import { type PoolFigures, poolFigures } from './pools.ts';
import { both, exact, integer, shareOf, text } from './table.ts';

const DAY_MS = 86_400_000;

/** When each pool runs full, by what was granted from it on the last days. */
export function forecastSection(facts: CapacityFacts): ReportSection {
  const columns: ReportColumn[] = [
    text('pool'),
    text('zone'),
    text('arch'),
    text('resource'),
    integer('usedShare', 'basisPoints'),
    integer('days', 'days'),
    integer('growth', 'basisPoints'),
    text('expected', 'date'),
    text('earliest', 'date'),
    text('latest', 'date'),
    text('withPending', 'date'),
    text('remark'),
  ];
  const rows = RESOURCES.flatMap((resource) =>
    poolFigures(facts, resource)
      .filter(({ hard, posted, pending }) => hard !== 0n || posted !== 0n || pending !== 0n)
      .map((figures): ReportRow => forecastRow(facts, figures, resource)),
  ).sort((a, b) => (String(a['pool']) < String(b['pool']) ? -1 : a['pool'] === b['pool'] ? 0 : 1));
  return {
    key: 'forecast',
    title: sectionTitles.forecast,
    columns,
    rows,
    notes: [reportNotes.forecast],
  };
}

function forecastRow(facts: CapacityFacts, figures: PoolFigures, resource: Resource): ReportRow {
  const { pool, zone, arch, hard, posted, pending } = figures;
  // Whole GiB keep bytes small enough for floating point, which squares them.
  const scale = resource === 'vcpu' ? 1 : Number(GIB);
  const values = postedByDay(facts, pool, resource).map((it) => Number(it.posted) / scale);
  const limit = Number(hard) / scale;
  const plain = forecastFull(values, limit);
  const withPending = forecastFull(values, limit - Number(pending) / scale);
  const date = (ahead: number | undefined) =>
    ahead === undefined
      ? null
      : new Date(Date.parse(cityDay(facts.asOf)) + ahead * DAY_MS).toISOString().slice(0, 10);
  const row = {
    pool,
    zone,
    arch,
    resource: resourceNames[resource],
    usedShare: shareOf(posted + pending, hard),
    days: values.length,
    growth: null,
    expected: null,
    earliest: null,
    latest: null,
    withPending: null,
  };
  if (hard <= 0n) return { ...row, remark: reportWords.unlimited };
  if (plain.outcome === 'full') return { ...row, remark: reportWords.full };
  if (plain.outcome === 'short') {
    const params = { days: plain.days, needed: FORECAST_MIN_DAYS };
    return { ...row, remark: both(reportWords.short, params) };
  }
  return {
    ...row,
    growth: Math.round((plain.slope * 30 * 10_000) / limit),
    expected: date(plain.expected),
    earliest: date(plain.earliest),
    latest: date(plain.latest),
    withPending:
      withPending.outcome === 'full'
        ? date(0)
        : withPending.outcome === 'line'
          ? date(withPending.expected)
          : null,
    remark: plain.expected === undefined ? reportWords.beyond : null,
  };
}

/** What the forecast is made from: the vCPU granted from each pool, day by day. */
export function historySection(facts: CapacityFacts): ReportSection {
  const pools = poolFigures(facts, 'vcpu').map(({ pool }) => pool);
  const series = pools.map(
    (pool) => new Map(postedByDay(facts, pool, 'vcpu').map(({ day, posted }) => [day, posted])),
  );
  const days = [...new Set(series.flatMap((it) => [...it.keys()]))].sort();
  const columns: ReportColumn[] = [
    text('day', 'date'),
    ...pools.map(
      (pool): ReportColumn => ({
        key: `pool:${pool}`,
        title: { zh: pool, en: pool },
        type: 'integer',
        unit: 'millicores',
      }),
    ),
  ];
  return {
    key: 'history',
    title: sectionTitles.history,
    columns,
    rows: days.map((day) => ({
      day,
      ...Object.fromEntries(
        pools.map((pool, index) => {
          const posted = series[index]?.get(day);
          return [`pool:${pool}`, posted === undefined ? null : exact(posted)];
        }),
      ),
    })),
    notes: [],
    chart: { shape: 'lines', labels: ['day'], series: pools.map((pool) => `pool:${pool}`) },
    evidence: true,
  };
}

/** What was granted from a pool at the end of each of the last days, today last; from the day on which its books begin. */
function postedByDay(
  facts: CapacityFacts,
  pool: string,
  resource: Resource,
): readonly { day: string; posted: bigint }[] {
  const changes = facts.daily.filter((it) => it.pool === pool && it.resource === resource);
  const limit = [...facts.limits].find(([path]) => path.startsWith(`pool/${pool}/`))?.[1];
  const begins = [changes[0]?.day, limit && cityDay(limit.first.toISOString())].filter(
    (it) => it !== undefined,
  );
  const last = Date.parse(cityDay(facts.asOf));
  const first = Math.max(
    last - (FORECAST_DAYS - 1) * DAY_MS,
    Date.parse(begins.sort()[0] ?? cityDay(facts.asOf)),
  );
  const days: { day: string; posted: bigint }[] = [];
  let posted = 0n;
  let next = 0;
  for (let time = first; time <= last; time += DAY_MS) {
    const day = new Date(time).toISOString().slice(0, 10);
    for (let change = changes[next]; change && change.day <= day; change = changes[next]) {
      posted += change.amount;
      next += 1;
    }
    days.push({ day, posted });
  }
  return days;
}
