import type { Localized, ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { organizationTypes } from '../../messages/cli-views.ts';
import { resourceNames } from '../../messages/books.ts';
import type { Message } from '../../messages/index.ts';
import { reportWords, reportNotes, sectionTitles } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { type Resource, RESOURCES } from '../quantity.ts';
import { scopePath } from '../quota/accounts.ts';
import { type Balance, freeOf, isAboveSoft } from '../quota/fit.ts';
import { treeOf } from '../tree.ts';
import { type CapacityFacts, changeNote, changeOf } from './capacity-facts.ts';
import { both, exact, integer, text, titled } from './table.ts';

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
    text('standing'),
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
        standing: standingOf(
          facts,
          RESOURCES.flatMap((it) => now.get(`${code}/${it}`) ?? []),
        ),
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

/** Of which resources more is granted and held than the limit, or else than the soft limit, says. */
function standingOf(facts: CapacityFacts, balances: readonly Balance[]): Localized | null {
  const limited = balances.filter((it) => isLimited(facts, it));
  const overdrawn = limited.filter((it) => freeOf(it).isNegative());
  const above = limited.filter(
    (it) => !overdrawn.includes(it) && isAboveSoft(it, facts.soft.get(scopePath(it.account)) ?? {}),
  );
  const parts = (
    [
      [reportWords.overdrawn, overdrawn],
      [reportWords.aboveSoft, above],
    ] as const
  ).flatMap(([message, of]) => (of.length === 0 ? [] : [both(message, { resources: namesOf(of) })]));
  if (limited.length === 0) return null;
  if (parts.length === 0) return both(reportWords.withinLimits);
  return { zh: parts.map(({ zh }) => zh).join('；'), en: parts.map(({ en }) => en).join('; ') };
}

function namesOf(balances: readonly Balance[]): Message {
  const names = balances.map(({ account }) => resourceNames[account.resource]);
  return { zh: names.map(({ zh }) => zh).join('、'), en: names.map(({ en }) => en).join(', ') };
}

function isLimited(facts: CapacityFacts, { account }: Balance): boolean {
  const set = facts.limits.get(scopePath(account));
  return set !== undefined && set.first.toISOString() <= facts.asOf;
}
