import type { ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { organizationTypes } from '../../messages/cli-views.ts';
import { reportNotes, reportWords, sectionTitles } from '../../messages/report-texts.ts';
import { RESOURCES } from '../quantity.ts';
import { type CapacityFacts, changeNote, changeOf } from './capacity-facts.ts';
import { groupBy, type Holding, sumsOf } from './holdings.ts';
import { exact, integer, nameIn, shareOf, systemPath, text, titled, totalsOf } from './table.ts';

/** Organisations by what their own systems have, the most vCPU first. */
export function rankingSection(facts: CapacityFacts): ReportSection {
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
  const byOrganization = groupBy(holdingsIn(facts), ({ organization }) => organization ?? '');
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
      const organization = facts.organizations.get(code);
      return {
        rank: index + 1,
        organization: code === '' ? reportWords.unattributed : nameIn(facts.organizations, code),
        code,
        level: organization ? organizationTypes[organization.spec.type] : null,
        systemCount: systems,
        vcpuPosted: exact(posted.vcpu),
        memoryPosted: exact(posted.memory),
        ssdPosted: exact(posted.ssd),
        hddPosted: exact(posted.hdd),
        share: shareOf(posted.vcpu, all),
        vcpuChange: changeOf(facts, posted.vcpu, before.vcpu),
      };
    });
  return {
    key: 'ranking',
    title: sectionTitles.ranking,
    columns,
    rows,
    totals: { ...totalsOf(columns, rows, reportWords.total) },
    notes: [reportNotes.ranking, changeNote(facts)],
  };
}

/** What each system has. */
export function systemSection(facts: CapacityFacts): ReportSection {
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
  const titles = new Map(facts.systems.map((it) => [systemPath(it), titled(it.spec.name)]));
  const groups = groupBy(
    holdingsIn(facts),
    ({ organization, system }) => `${organization ?? ''}/${system ?? ''}`,
  );
  const rows = [...groups]
    .map(([path, holdings]) => ({ path, ...sumsOf(holdings) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, posted, pending, before }): ReportRow => {
      const [organization = '', system = ''] = path.split('/');
      return {
        organization:
          organization === '' ? reportWords.unattributed : nameIn(facts.organizations, organization),
        system: system === '' ? reportWords.unattributed : path,
        systemTitle: titles.get(path) ?? null,
        vcpuPosted: exact(posted.vcpu),
        vcpuPending: exact(pending.vcpu),
        memoryPosted: exact(posted.memory),
        memoryPending: exact(pending.memory),
        ssdPosted: exact(posted.ssd),
        hddPosted: exact(posted.hdd),
        vcpuChange: changeOf(facts, posted.vcpu, before.vcpu),
      };
    });
  return {
    key: 'systems',
    title: sectionTitles.systems,
    columns,
    rows,
    totals: totalsOf(columns, rows, reportWords.total),
    notes: [changeNote(facts)],
  };
}

function holdingsIn(facts: CapacityFacts): readonly Holding[] {
  const { holdings, zone } = facts;
  return zone === undefined ? holdings : holdings.filter((it) => it.zone === zone);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
