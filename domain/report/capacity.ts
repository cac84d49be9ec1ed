import type {
  CapacityPool,
  InformationSystem,
  MemberCluster,
  Organization,
} from '../../api/v1alpha1/index.ts';
import { codeOf } from '../../api/v1alpha1/index.ts';
import type {
  Localized,
  ReportBody,
  ReportColumn,
  ReportMissing,
  ReportRow,
  ReportSection,
} from '../../api/reports/report.ts';
import { resourceNames } from '../../messages/books.ts';
import { organizationTypes } from '../../messages/cli-views.ts';
import {
  missingFigures,
  missingWhy,
  reportNotes,
  reportTitles,
  reportWords,
  sectionTitles,
} from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { GIB, parseQuantity, type Resource, RESOURCES, unitOf } from '../quantity.ts';
import { scopePath } from '../quota/accounts.ts';
import { type Balance, freeOf } from '../quota/fit.ts';
import { treeOf } from '../tree.ts';
import { FORECAST_DAYS, FORECAST_MIN_DAYS, forecastFull } from './forecast.ts';
import { groupBy, type Holding, sumsOf } from './holdings.ts';
import { unbuiltSection } from './unbuilt.ts';
import { both, exact, integer, missing, nameIn, shareOf, text, titled, totalsOf } from './table.ts';

/** Everything that a report of capacity is made from. */
export interface CapacityFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly madeAt: string;
  /** The end of the same day of the month before, RFC 3339. */
  readonly before: string;
  /** When the books begin, RFC 3339. */
  readonly first: string;
  readonly zone?: string | undefined;
  /** The code of the organisation that it is about; undefined: the city. */
  readonly organization?: string | undefined;
  /** Of pools and organisations, at `asOf` and at `before`. */
  readonly balances: readonly Balance[];
  readonly balancesBefore: readonly Balance[];
  /** When limits were first and last set, by `scopePath`. */
  readonly limits: ReadonlyMap<string, { readonly first: Date; readonly last: Date }>;
  readonly holdings: readonly Holding[];
  /** When allocations were last accepted, by `namespace/name`. */
  readonly accepted: ReadonlyMap<string, Date>;
  /** By how much what is granted changed, by pool and day, in order. */
  readonly daily: readonly {
    readonly pool: string;
    readonly resource: Resource;
    readonly day: string;
    readonly amount: bigint;
  }[];
  readonly organizations: ReadonlyMap<string, Organization>;
  readonly pools: ReadonlyMap<string, CapacityPool>;
  readonly clusters: readonly MemberCluster[];
  readonly systems: readonly InformationSystem[];
}

/** The state of capacity at a moment: of the city, or of one organisation. */
export function capacityReport(facts: CapacityFacts): ReportBody {
  const report = new CapacityReport(facts);
  return facts.organization === undefined ? report.ofCity() : report.ofOrganization(facts.organization);
}

/** The sum of all pools' totals, in the resource's unit; null when one of them is not known. */
export function totalOf(facts: CapacityFacts, resource: Resource): number | null {
  return new CapacityReport(facts).totalOf(resource);
}

const DAY_MS = 86_400_000;

/** What a pool has of a resource, and what the books cannot say of it. */
interface PoolFigures {
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

class CapacityReport {
  private readonly facts: CapacityFacts;
  private readonly missing: ReportMissing[] = [];
  private readonly comparable: boolean;

  constructor(facts: CapacityFacts) {
    this.facts = facts;
    this.comparable = facts.before >= facts.first;
    if (!this.comparable) {
      const params = { day: cityDay(facts.before), first: cityDay(facts.first) };
      this.missing.push(missing(missingFigures.change, missingWhy.beforeBooks, params));
    }
  }

  ofCity(): ReportBody {
    const sections = [
      ...RESOURCES.map((resource) => this.pools(resource)),
      this.forecast(),
      this.ranking(),
      ...(this.facts.zone === undefined ? [this.quotas([...this.facts.organizations.keys()])] : []),
      this.systems(),
      unbuiltSection(this.facts),
      this.history(),
    ];
    if (this.facts.zone !== undefined) {
      this.missing.push(missing(missingFigures.quotaByZone, missingWhy.quotaAllZones));
    }
    return this.body(sections);
  }

  ofOrganization(code: string): ReportBody {
    const sections = [
      ...(this.facts.zone === undefined ? [this.quotas([code])] : []),
      this.systems(),
      unbuiltSection(this.facts),
    ];
    if (this.facts.zone !== undefined) {
      this.missing.push(missing(missingFigures.quotaByZone, missingWhy.quotaAllZones));
    }
    return this.body(sections);
  }

  totalOf(resource: Resource): number | null {
    const total = this.poolCells(this.figures(resource))['total'];
    return typeof total === 'number' ? total : null;
  }

  private body(sections: readonly ReportSection[]): ReportBody {
    const { asOf, madeAt, zone, organization } = this.facts;
    return {
      title: reportTitles.capacity,
      asOf,
      madeAt,
      ...(zone === undefined ? {} : { zone }),
      ...(organization === undefined
        ? {}
        : {
            organization: { code: organization, name: this.nameOf(organization) },
          }),
      sections,
      notes: [reportNotes.amounts, reportNotes.names, ...this.moves()],
      missing: this.missing,
    };
  }

  /** Organisations that got another one above them within the month that is compared. */
  private moves(): Localized[] {
    const { organizations, organization, asOf, before } = this.facts;
    return [...organizations.values()]
      .filter(({ metadata }) => organization === undefined || metadata.name === organization)
      .flatMap(({ spec }) =>
        spec.parents
          .filter(({ from }) => spec.parents.length > 1 && from > cityDay(before) && from <= cityDay(asOf))
          .map(({ code, from }) =>
            both(reportNotes.moved, {
              organization: titled(spec.name),
              above: this.nameOf(code),
              from,
            }),
          ),
      )
      .sort((a, b) => (a.zh < b.zh ? -1 : 1));
  }

  private nameOf(code: string): Localized {
    return nameIn(this.facts.organizations, code);
  }

  private figures(resource: Resource): PoolFigures[] {
    const { balances, balancesBefore, zone, limits, asOf } = this.facts;
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
      const defined = this.facts.pools.get(account.holder);
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

  private pools(resource: Resource): ReportSection {
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
    for (const figures of this.figures(resource)) {
      const key = [figures.zone, figures.arch, figures.xinchuang].join('/');
      groups.set(key, [...(groups.get(key) ?? []), figures]);
      if (resource === 'vcpu') this.tellUnknown(figures);
    }
    const rows = [...groups.values()].flatMap((group): ReportRow[] => {
      const [first] = group;
      if (!first) return [];
      const { zone, arch, xinchuang } = first;
      const names = group.map(({ pool }) => pool).join(', ');
      return [
        { zone, zoneTitle: this.zoneTitle(zone), arch, xinchuang, pools: names, ...this.poolCells(group) },
      ];
    });
    const totals = {
      ...totalsOf(columns, rows, reportWords.total),
      usedShare: this.poolCells([...groups.values()].flat())['usedShare'] ?? null,
    };
    return {
      key: resource,
      title: sectionTitles[resource],
      columns,
      rows,
      totals,
      notes: [reportNotes.grantable, this.changeNote()],
      chart: { shape: 'bars', labels: ['zoneTitle', 'arch'], series: ['posted', 'pending', 'free'] },
    };
  }

  private poolCells(group: readonly PoolFigures[]): ReportRow {
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
      change: this.change(posted, sum((it) => it.postedBefore) ?? 0n),
    };
  }

  private tellUnknown({ pool, xinchuang, total }: PoolFigures): void {
    const why = this.facts.pools.has(pool) ? missingWhy.poolChanged : missingWhy.poolGone;
    if (total === null) this.missing.push(missing(missingFigures.totalReserve, why, { pool }));
    if (xinchuang === null) this.missing.push(missing(missingFigures.xinchuang, why, { pool }));
  }

  private zoneTitle(zone: string): Localized {
    const cluster = this.facts.clusters.find(({ spec }) => spec.zone === zone);
    return cluster ? titled(cluster.spec.zoneTitle) : { zh: zone, en: zone };
  }

  private change(now: bigint, before: bigint): number | null {
    return this.comparable ? exact(now - before) : null;
  }

  private changeNote(): Localized {
    return both(reportNotes.change, { day: cityDay(this.facts.before) });
  }

  /** What was granted from a pool at the end of each of the last days, today last; from the day on which its books begin. */
  private series(pool: string, resource: Resource): readonly { day: string; posted: bigint }[] {
    const changes = this.facts.daily.filter((it) => it.pool === pool && it.resource === resource);
    const limit = [...this.facts.limits].find(([path]) => path.startsWith(`pool/${pool}/`))?.[1];
    const begins = [changes[0]?.day, limit && cityDay(limit.first.toISOString())].filter(
      (it) => it !== undefined,
    );
    const last = Date.parse(cityDay(this.facts.asOf));
    const first = Math.max(
      last - (FORECAST_DAYS - 1) * DAY_MS,
      Date.parse(begins.sort()[0] ?? cityDay(this.facts.asOf)),
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

  private forecast(): ReportSection {
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
      this.figures(resource)
        .filter(({ hard, posted, pending }) => hard !== 0n || posted !== 0n || pending !== 0n)
        .map((figures): ReportRow => this.forecastRow(figures, resource)),
    ).sort((a, b) => (String(a['pool']) < String(b['pool']) ? -1 : a['pool'] === b['pool'] ? 0 : 1));
    return {
      key: 'forecast',
      title: sectionTitles.forecast,
      columns,
      rows,
      notes: [reportNotes.forecast],
    };
  }

  private forecastRow(figures: PoolFigures, resource: Resource): ReportRow {
    const { pool, zone, arch, hard, posted, pending } = figures;
    // Whole GiB keep bytes small enough for floating point, which squares them.
    const scale = resource === 'vcpu' ? 1 : Number(GIB);
    const values = this.series(pool, resource).map((it) => Number(it.posted) / scale);
    const limit = Number(hard) / scale;
    const plain = forecastFull(values, limit);
    const withPending = forecastFull(values, limit - Number(pending) / scale);
    const date = (ahead: number | undefined) =>
      ahead === undefined
        ? null
        : new Date(Date.parse(cityDay(this.facts.asOf)) + ahead * DAY_MS).toISOString().slice(0, 10);
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

  /** Organisations by what their own systems have, the most vCPU first. */
  private ranking(): ReportSection {
    const columns: ReportColumn[] = [
      integer('rank', 'count'),
      text('organization'),
      text('code'),
      text('level'),
      integer('systemCount', 'count'),
      integer('vcpuPosted', 'millicores'),
      integer('memoryPosted', 'bytes'),
      integer('ssdPosted', 'bytes'),
      integer('hddPosted', 'bytes'),
      integer('share', 'basisPoints'),
      integer('vcpuChange', 'millicores'),
    ];
    const byOrganization = groupBy(this.holdings(), ({ organization }) => organization ?? '');
    const all = [...byOrganization.values()].map(sumsOf).reduce((sum, it) => sum + it.posted.vcpu, 0n);
    const rows = [...byOrganization]
      .map(([code, holdings]) => ({
        code,
        systems: new Set(holdings.filter(({ posted }) => posted > 0n).map(({ system }) => system)).size,
        ...sumsOf(holdings),
      }))
      .filter(({ posted, before }) => RESOURCES.some((it) => posted[it] !== 0n || before[it] !== 0n))
      .sort(
        (a, b) =>
          compare(b.posted.vcpu, a.posted.vcpu) ||
          compare(b.posted.memory, a.posted.memory) ||
          (a.code < b.code ? -1 : 1),
      )
      .map(({ code, systems, posted, before }, index): ReportRow => {
        const organization = this.facts.organizations.get(code);
        return {
          rank: index + 1,
          organization: code === '' ? reportWords.unattributed : this.nameOf(code),
          code,
          level: organization ? organizationTypes[organization.spec.type] : null,
          systemCount: systems,
          vcpuPosted: exact(posted.vcpu),
          memoryPosted: exact(posted.memory),
          ssdPosted: exact(posted.ssd),
          hddPosted: exact(posted.hdd),
          share: shareOf(posted.vcpu, all),
          vcpuChange: this.change(posted.vcpu, before.vcpu),
        };
      });
    return {
      key: 'ranking',
      title: sectionTitles.ranking,
      columns,
      rows,
      totals: { ...totalsOf(columns, rows, reportWords.total) },
      notes: [reportNotes.ranking, this.changeNote()],
    };
  }

  /** Quotas of organisations in the order of the tree, with what those below them have. */
  private quotas(codes: readonly string[]): ReportSection {
    const columns: ReportColumn[] = [
      text('organization'),
      text('code'),
      text('level'),
      integer('vcpuHard', 'millicores'),
      integer('vcpuPosted', 'millicores'),
      integer('vcpuPending', 'millicores'),
      integer('vcpuFree', 'millicores'),
      integer('memoryHard', 'bytes'),
      integer('memoryPosted', 'bytes'),
      integer('memoryPending', 'bytes'),
      integer('memoryFree', 'bytes'),
      integer('ssdPosted', 'bytes'),
      integer('hddPosted', 'bytes'),
      integer('vcpuChange', 'millicores'),
    ];
    const byHolder = (list: readonly Balance[]) =>
      new Map(
        list
          .filter(
            ({ account }) =>
              account.holderKind === 'organisation' && account.zone === '*' && account.arch === '*',
          )
          .map((it) => [`${it.account.holder}/${it.account.resource}`, it]),
      );
    const now = byHolder(this.facts.balances);
    const before = byHolder(this.facts.balancesBefore);
    const wanted = new Set(codes);
    const day = cityDay(this.facts.asOf);
    const rows = treeOf([...this.facts.organizations.values()], day)
      .filter(({ organization: { metadata } }) => wanted.has(metadata.name))
      .filter(({ organization: { metadata } }) => RESOURCES.some((it) => now.has(`${metadata.name}/${it}`)))
      .map(({ organization: { metadata, spec } }): ReportRow => {
        const code = metadata.name;
        const cells = (resource: 'vcpu' | 'memory') => {
          const balance = now.get(`${code}/${resource}`);
          // Without a limit by then nothing may be granted, and no figure says how much.
          const limited = balance && this.isLimited(balance);
          return {
            [`${resource}Hard`]: limited ? exact(balance.hard.value) : null,
            [`${resource}Posted`]: exact(balance?.posted.value ?? 0n),
            [`${resource}Pending`]: exact(balance?.pending.value ?? 0n),
            [`${resource}Free`]: limited ? exact(freeOf(balance).value) : null,
          };
        };
        const posted = (list: typeof now, resource: Resource) =>
          list.get(`${code}/${resource}`)?.posted.value ?? 0n;
        return {
          organization: titled(spec.name),
          code,
          level: organizationTypes[spec.type],
          ...cells('vcpu'),
          ...cells('memory'),
          ssdPosted: exact(posted(now, 'ssd')),
          hddPosted: exact(posted(now, 'hdd')),
          vcpuChange: this.change(posted(now, 'vcpu'), posted(before, 'vcpu')),
        };
      });
    return {
      key: 'organizations',
      title: sectionTitles.organizations,
      columns,
      rows,
      notes: [reportNotes.organizations, this.changeNote()],
    };
  }

  private isLimited({ account }: Balance): boolean {
    const set = this.facts.limits.get(scopePath(account));
    return set !== undefined && set.first.toISOString() <= this.facts.asOf;
  }

  private holdings(): readonly Holding[] {
    const { holdings, zone } = this.facts;
    return zone === undefined ? holdings : holdings.filter((it) => it.zone === zone);
  }

  private systems(): ReportSection {
    const columns: ReportColumn[] = [
      text('organization'),
      text('system'),
      text('systemTitle'),
      integer('vcpuPosted', 'millicores'),
      integer('vcpuPending', 'millicores'),
      integer('memoryPosted', 'bytes'),
      integer('memoryPending', 'bytes'),
      integer('ssdPosted', 'bytes'),
      integer('hddPosted', 'bytes'),
      integer('vcpuChange', 'millicores'),
    ];
    const titles = new Map(
      this.facts.systems.map(({ metadata, spec }) => [
        `${codeOf(metadata.namespace ?? '')}/${metadata.name}`,
        titled(spec.name),
      ]),
    );
    const groups = groupBy(
      this.holdings(),
      ({ organization, system }) => `${organization ?? ''}/${system ?? ''}`,
    );
    const rows = [...groups]
      .map(([path, holdings]) => ({ path, ...sumsOf(holdings) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map(({ path, posted, pending, before }): ReportRow => {
        const [organization = '', system = ''] = path.split('/');
        return {
          organization: organization === '' ? reportWords.unattributed : this.nameOf(organization),
          system: system === '' ? reportWords.unattributed : path,
          systemTitle: titles.get(path) ?? null,
          vcpuPosted: exact(posted.vcpu),
          vcpuPending: exact(pending.vcpu),
          memoryPosted: exact(posted.memory),
          memoryPending: exact(pending.memory),
          ssdPosted: exact(posted.ssd),
          hddPosted: exact(posted.hdd),
          vcpuChange: this.change(posted.vcpu, before.vcpu),
        };
      });
    return {
      key: 'systems',
      title: sectionTitles.systems,
      columns,
      rows,
      totals: totalsOf(columns, rows, reportWords.total),
      notes: [this.changeNote()],
    };
  }

  private history(): ReportSection {
    const pools = this.figures('vcpu').map(({ pool }) => pool);
    const series = pools.map(
      (pool) => new Map(this.series(pool, 'vcpu').map(({ day, posted }) => [day, posted])),
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
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
