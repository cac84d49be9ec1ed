import type {
  Localized,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import { resourceNames } from '../../messages/books.ts';
import {
  missingFigures,
  missingWhy,
  reportNotes,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { capacityOn } from '../capacity/grantable.ts';
import { type Resource, RESOURCES, unitOf } from '../quantity.ts';
import { scopePath } from '../quota/accounts.ts';
import { type Balance, freeOf } from '../quota/fit.ts';
import { type CapacityFacts, changeNote, changeOf, type PoolFacts } from './capacity-facts.ts';
import { groupBy } from './holdings.ts';
import { measuredAs, usedCells } from './pool-use.ts';
import { both, exact, integer, missing, shareOf, text, titled, totalsOf } from './table.ts';

/** What a pool has of a resource, and what the books cannot say of it. */
export interface PoolFigures {
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
  readonly xinchuang: boolean | null;
  readonly total: bigint | null;
  readonly reserve: bigint | null;
  readonly hard: bigint;
  readonly posted: bigint;
  readonly pending: bigint;
  readonly free: bigint;
  readonly postedBefore: bigint;
}

/** What pools have, by zone, architecture and Xinchuang. */
export function poolSection(facts: CapacityFacts, resource: Resource): ReportSection {
  const unit = unitOf(resource);
  const isMeasured = measuredAs(resource) !== undefined;
  const columns: ReportColumn[] = [
    text('zone'),
    text('zoneTitle'),
    text('arch'),
    text('xinchuang', 'boolean'),
    text('pools'),
    integer('total', unit),
    integer('reserve', unit),
    integer('hard', unit),
    integer('posted', unit),
    integer('pending', unit),
    integer('free', unit),
    ...(isMeasured ? [integer('usedP95', unit), integer('coverage', 'basisPoints')] : []),
    integer('usedShare', 'basisPoints'),
    integer('change', unit),
  ];
  const groups = poolGroups(facts, resource);
  const rows = groups.map((group): ReportRow => {
    const { zone, arch, xinchuang } = group[0] as PoolFigures;
    return {
      zone,
      zoneTitle: zoneTitleOf(facts, zone),
      arch,
      xinchuang,
      pools: group.map(({ pool }) => pool).join(', '),
      ...poolCells(facts, group),
      ...(isMeasured ? usedOf(facts, resource, group) : {}),
    };
  });
  const all = groups.flat();
  return {
    key: resource,
    title: sectionTitles[resource],
    columns,
    rows,
    totals: {
      ...totalsOf(columns, rows, reportWords.total),
      usedShare: poolCells(facts, all)['usedShare'] ?? null,
      ...(isMeasured ? usedOf(facts, resource, all) : {}),
    },
    notes: [
      reportNotes.grantable,
      changeNote(facts),
      isMeasured ? both(reportNotes.usedP95, facts.use.period) : reportNotes.disksTogether,
    ],
    chart: { shape: 'bars', labels: ['zoneTitle', 'arch'], series: ['posted', 'pending', 'free'] },
  };
}

/** The sum of all pools' totals, in the resource's unit; null when one of them is not known. */
export function totalOf(facts: PoolFacts, resource: Resource): number | null {
  let sum = 0n;
  for (const { total } of poolFigures(facts, resource)) {
    if (total === null) return null;
    sum += total;
  }
  return exact(sum);
}

/** What is used of pools and cannot be told. */
export function unknownUse(facts: CapacityFacts): ReportMissing[] {
  const { period, pools } = facts.use;
  const unknown = RESOURCES.filter(measuredAs).flatMap((resource) =>
    poolGroups(facts, resource).flatMap((group) => {
      const { usedP95, coverage } = usedOf(facts, resource, group);
      const { zone, arch } = group[0] as PoolFigures;
      // Of what is not granted nothing is in use.
      if (usedP95 !== null || coverage === null) return [];
      const of = { resource: resourceNames[resource], zone: zoneTitleOf(facts, zone), arch };
      const seen = { ...period, percent: Number(coverage) / 100 };
      return [
        {
          what: both(missingFigures.usedP95Of, of),
          why: both(missingWhy.usePartly, seen),
        },
      ];
    }),
  );
  return pools.length === 0 && unknown.length > 0
    ? [missing(missingFigures.usedP95, missingWhy.noUse)]
    : unknown;
}

/** What the books cannot say of pools. */
export function unknownOfPools(facts: PoolFacts): ReportMissing[] {
  return poolFigures(facts, 'vcpu').flatMap(({ pool, xinchuang, total }) => {
    const why = facts.pools.has(pool) ? missingWhy.poolChanged : missingWhy.poolGone;
    return [
      ...(total === null ? [missing(missingFigures.totalReserve, why, { pool })] : []),
      ...(xinchuang === null ? [missing(missingFigures.xinchuang, why, { pool })] : []),
    ];
  });
}

/** Pools of one zone, architecture and kind together, in the order of their zones. */
function poolGroups(facts: PoolFacts, resource: Resource): readonly (readonly PoolFigures[])[] {
  const keyOf = ({ zone, arch, xinchuang }: PoolFigures) => [zone, arch, xinchuang].join('/');
  return [...groupBy(poolFigures(facts, resource), keyOf).values()];
}

function usedOf(facts: CapacityFacts, resource: Resource, group: readonly PoolFigures[]) {
  const posted = group.reduce((sum, it) => sum + it.posted, 0n);
  return usedCells(facts.use, resource, new Set(group.map(({ pool }) => pool)), posted);
}

/** What each pool has of a resource. */
export function poolFigures(
  facts: Pick<PoolFacts, 'asOf' | 'zone' | 'balances' | 'balancesBefore' | 'limits' | 'pools'>,
  resource: Resource,
): PoolFigures[] {
  const { balances, balancesBefore, zone, limits, asOf } = facts;
  const ofPools = (list: readonly Balance[]) =>
    list.filter(
      ({ account }) =>
        account.holderKind === 'pool' &&
        account.resource === resource &&
        (zone === undefined || account.zone === zone),
    );
  const before = new Map(ofPools(balancesBefore).map((it) => [it.account.holder, it.posted.value]));
  return ofPools(balances).map((balance) => {
    const { account, hard, posted, pending } = balance;
    const defined = facts.pools.get(account.holder);
    const set = limits.get(scopePath(account));
    const declared = defined && capacityOn(defined.spec, cityDay(asOf));
    const total = declared?.total.get(resource).value ?? 0n;
    const reserve = declared?.reserve.get(resource).value ?? 0n;
    const same = defined && set && set.last.toISOString() <= asOf && total - reserve === hard.value;
    return {
      pool: account.holder,
      zone: account.zone,
      arch: account.arch,
      xinchuang: defined?.spec.xinchuang ?? null,
      total: same ? total : null,
      reserve: same ? reserve : null,
      hard: hard.value,
      posted: posted.value,
      pending: pending.value,
      free: freeOf(balance).value,
      postedBefore: before.get(account.holder) ?? 0n,
    };
  });
}

function poolCells(facts: CapacityFacts, group: readonly PoolFigures[]): ReportRow {
  const sum = (of: (it: PoolFigures) => bigint | null): bigint | null =>
    group.reduce<bigint | null>((total, it) => {
      const value = of(it);
      return total === null || value === null ? null : total + value;
    }, 0n);
  const cell = (value: bigint | null) => (value === null ? null : exact(value));
  const [hard, posted, pending] = [
    sum((it) => it.hard) ?? 0n,
    sum((it) => it.posted) ?? 0n,
    sum((it) => it.pending) ?? 0n,
  ];
  return {
    total: cell(sum((it) => it.total)),
    reserve: cell(sum((it) => it.reserve)),
    hard: exact(hard),
    posted: exact(posted),
    pending: exact(pending),
    free: cell(sum((it) => it.free)),
    usedShare: shareOf(posted + pending, hard),
    change: changeOf(facts, posted, sum((it) => it.postedBefore) ?? 0n),
  };
}

function zoneTitleOf(facts: PoolFacts, zone: string): Localized {
  const cluster = facts.clusters.find(({ spec }) => spec.zone === zone);
  return cluster ? titled(cluster.spec.zoneTitle) : { zh: zone, en: zone };
}
