import type {
  Localized,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import {
  missingFigures,
  missingWhy,
  reportNotes,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import { parseQuantity, type Resource, unitOf } from '../quantity.ts';
import { scopePath } from '../quota/accounts.ts';
import { type Balance, freeOf } from '../quota/fit.ts';
import { type CapacityFacts, changeNote, changeOf } from './capacity-facts.ts';
import { exact, integer, missing, shareOf, text, titled, totalsOf } from './table.ts';

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
    integer('usedShare', 'basisPoints'),
    integer('change', unit),
  ];
  const groups = new Map<string, PoolFigures[]>();
  for (const figures of poolFigures(facts, resource)) {
    const key = [figures.zone, figures.arch, figures.xinchuang].join('/');
    groups.set(key, [...(groups.get(key) ?? []), figures]);
  }
  const rows = [...groups.values()].flatMap((group): ReportRow[] => {
    const [first] = group;
    if (!first) return [];
    const { zone, arch, xinchuang } = first;
    const names = group.map(({ pool }) => pool).join(', ');
    return [
      {
        zone,
        zoneTitle: zoneTitleOf(facts, zone),
        arch,
        xinchuang,
        pools: names,
        ...poolCells(facts, group),
      },
    ];
  });
  const totals = {
    ...totalsOf(columns, rows, reportWords.total),
    usedShare: poolCells(facts, [...groups.values()].flat())['usedShare'] ?? null,
  };
  return {
    key: resource,
    title: sectionTitles[resource],
    columns,
    rows,
    totals,
    notes: [reportNotes.grantable, changeNote(facts)],
    chart: { shape: 'bars', labels: ['zoneTitle', 'arch'], series: ['posted', 'pending', 'free'] },
  };
}

/** The sum of all pools' totals, in the resource's unit; null when one of them is not known. */
export function totalOf(facts: CapacityFacts, resource: Resource): number | null {
  const total = poolCells(facts, poolFigures(facts, resource))['total'];
  return typeof total === 'number' ? total : null;
}

/** What the books cannot say of pools. */
export function unknownOfPools(facts: CapacityFacts): ReportMissing[] {
  return poolFigures(facts, 'vcpu').flatMap(({ pool, xinchuang, total }) => {
    const why = facts.pools.has(pool) ? missingWhy.poolChanged : missingWhy.poolGone;
    return [
      ...(total === null ? [missing(missingFigures.totalReserve, why, { pool })] : []),
      ...(xinchuang === null ? [missing(missingFigures.xinchuang, why, { pool })] : []),
    ];
  });
}

export function poolFigures(facts: CapacityFacts, resource: Resource): PoolFigures[] {
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
    const total = parseQuantity(resource, defined?.spec.total[resource] ?? '0').value;
    const reserve = parseQuantity(resource, defined?.spec.reserve[resource] ?? '0').value;
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

function zoneTitleOf(facts: CapacityFacts, zone: string): Localized {
  const cluster = facts.clusters.find(({ spec }) => spec.zone === zone);
  return cluster ? titled(cluster.spec.zoneTitle) : { zh: zone, en: zone };
}
