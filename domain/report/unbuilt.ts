import { namespaceOf, type Organization } from '../../api/v1alpha1/index.ts';
import type { ReportColumn, ReportRow, ReportSection } from '../../api/reports/report.ts';
import { reportNotes, reportWords, sectionTitles } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { parseQuantity, RESOURCES } from '../quantity.ts';
import { groupBy, type Holding, noSums, type Sums, sumsOf } from './holdings.ts';
import { exact, integer, nameIn, text, totalsOf } from './table.ts';

/** What is asked to tell what is granted and not accepted. */
export interface UnbuiltFacts {
  /** RFC 3339 */
  readonly asOf: string;
  readonly zone?: string | undefined;
  readonly holdings: readonly Holding[];
  /** When allocations were last accepted, by `namespace/name`. */
  readonly accepted: ReadonlyMap<string, Date>;
  readonly organizations: ReadonlyMap<string, Organization>;
}

const DAY_MS = 86_400_000;

/** What was granted and nobody has accepted yet, by request. */
export function unbuiltSection(facts: UnbuiltFacts): ReportSection {
  const columns: ReportColumn[] = [
    text('organization'),
    text('system'),
    text('serial'),
    text('grantedOn', 'date'),
    integer('age', 'days'),
    integer('vcpu', 'millicores'),
    integer('memory', 'bytes'),
    integer('ssd', 'bytes'),
    integer('hdd', 'bytes'),
  ];
  const of =
    facts.zone === undefined ? facts.holdings : facts.holdings.filter((it) => it.zone === facts.zone);
  const today = Date.parse(cityDay(facts.asOf));
  const rows = [...groupBy(of, ({ hold }) => hold).values()]
    .flatMap((holdings): ReportRow[] => {
      const [first] = holdings;
      if (!first?.grantedAt) return [];
      const amounts = unbuiltOf(facts, first, holdings);
      if (RESOURCES.every((it) => amounts[it] === 0n)) return [];
      const grantedOn = cityDay(first.grantedAt.toISOString());
      return [
        {
          organization:
            first.organization === null
              ? reportWords.unattributed
              : nameIn(facts.organizations, first.organization),
          system: `${first.organization ?? ''}/${first.system ?? ''}`,
          serial: first.serial,
          grantedOn,
          age: Math.round((today - Date.parse(grantedOn)) / DAY_MS),
          vcpu: exact(amounts.vcpu),
          memory: exact(amounts.memory),
          ssd: exact(amounts.ssd),
          hdd: exact(amounts.hdd),
        },
      ];
    })
    .sort(
      (a, b) => Number(b['age']) - Number(a['age']) || (String(a['serial']) < String(b['serial']) ? -1 : 1),
    );
  return {
    key: 'unbuilt',
    title: sectionTitles.unbuilt,
    columns,
    rows,
    totals: totalsOf(columns, rows, reportWords.total),
    notes: [reportNotes.unbuilt],
  };
}

/** What of a granted hold is not accepted: by line, and never more than it still has. */
function unbuiltOf(facts: UnbuiltFacts, hold: Holding, holdings: readonly Holding[]): Sums {
  const posted = sumsOf(holdings).posted;
  const { organization, target, giver, lines, serial, grantedAt } = hold;
  // What is handed over was accepted before.
  if (lines === null || grantedAt === null || giver !== null) return noSums();
  const isAccepted = (allocation: string) => {
    const at = facts.accepted.get(`${namespaceOf(organization ?? '')}/${allocation}`);
    return at !== undefined && at >= grantedAt;
  };
  if (target !== null) return isAccepted(target) ? noSums() : posted;
  const open = lines.filter(({ name }) => !isAccepted(`${(serial ?? '').toLowerCase()}-${name}`));
  if (open.length === lines.length) return posted;
  const sums = noSums();
  for (const { consumes } of open) {
    for (const resource of RESOURCES) {
      sums[resource] += parseQuantity(resource, consumes[resource] ?? '0').value;
    }
  }
  for (const resource of RESOURCES) {
    if (sums[resource] > posted[resource]) sums[resource] = posted[resource];
  }
  return sums;
}
