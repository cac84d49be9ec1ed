import type { ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { organizationTypes } from '../../messages/cli-views.ts';
import { reportNotes, sectionTitles } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { type Resource, RESOURCES } from '../quantity.ts';
import { scopePath } from '../quota/accounts.ts';
import { type Balance, freeOf } from '../quota/fit.ts';
import { treeOf } from '../tree.ts';
import { type CapacityFacts, changeNote, changeOf } from './capacity-facts.ts';
import { exact, integer, text, titled } from './table.ts';

/** Quotas of organisations in the order of the tree, with what those below them have. */
export function quotaSection(facts: CapacityFacts, codes: readonly string[]): ReportSection {
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
  const now = byHolder(facts.balances);
  const before = byHolder(facts.balancesBefore);
  const wanted = new Set(codes);
  const day = cityDay(facts.asOf);
  const rows = treeOf([...facts.organizations.values()], day)
    .filter(({ organization: { metadata } }) => wanted.has(metadata.name))
    .filter(({ organization: { metadata } }) => RESOURCES.some((it) => now.has(`${metadata.name}/${it}`)))
    .map(({ organization: { metadata, spec } }): ReportRow => {
      const code = metadata.name;
      const cells = (resource: 'vcpu' | 'memory') => {
        const balance = now.get(`${code}/${resource}`);
        // Without a limit by then nothing may be granted, and no figure says how much.
        const limited = balance && isLimited(facts, balance);
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
        vcpuChange: changeOf(facts, posted(now, 'vcpu'), posted(before, 'vcpu')),
      };
    });
  return {
    key: 'organizations',
    title: sectionTitles.organizations,
    columns,
    rows,
    notes: [reportNotes.organizations, changeNote(facts)],
  };
}

function isLimited(facts: CapacityFacts, { account }: Balance): boolean {
  const set = facts.limits.get(scopePath(account));
  return set !== undefined && set.first.toISOString() <= facts.asOf;
}
