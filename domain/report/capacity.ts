import type { Localized, ReportBody, ReportMissing } from '../../api/reports/report.ts';
import { missingFigures, missingWhy, reportNotes, reportTitles } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { RESOURCES } from '../quantity.ts';
import { type CapacityFacts, isComparable } from './capacity-facts.ts';
import { rankingSection, systemSection } from './holders.ts';
import { forecastSection, historySection } from './pool-days.ts';
import { poolSection, unknownOfPools, unknownUse } from './pools.ts';
import { quotaSection } from './quotas.ts';
import { both, missing, nameIn, titled } from './table.ts';
import { unbuiltSection } from './unbuilt.ts';

/** The state of capacity at a moment: of the city, or of one organisation. */
export function capacityReport(facts: CapacityFacts): ReportBody {
  const { asOf, madeAt, zone, organization, organizations } = facts;
  const isCity = organization === undefined;
  const codes = isCity ? [...organizations.keys()] : [organization];
  // Quotas hold for all zones together.
  const quotas = zone === undefined ? [quotaSection(facts, codes)] : [];
  return {
    title: reportTitles.capacity,
    asOf,
    madeAt,
    ...(zone === undefined ? {} : { zone }),
    ...(isCity ? {} : { organization: { code: organization, name: nameIn(organizations, organization) } }),
    sections: isCity
      ? [
          ...RESOURCES.map((resource) => poolSection(facts, resource)),
          forecastSection(facts),
          rankingSection(facts),
          ...quotas,
          systemSection(facts),
          unbuiltSection(facts),
          historySection(facts),
        ]
      : [...quotas, systemSection(facts), unbuiltSection(facts)],
    notes: [reportNotes.amounts, reportNotes.names, ...movesOf(facts)],
    missing: [
      ...changeUnknown(facts),
      ...(isCity ? [...unknownOfPools(facts), ...unknownUse(facts)] : []),
      ...(zone === undefined ? [] : [missing(missingFigures.quotaByZone, missingWhy.quotaAllZones)]),
    ],
  };
}

function changeUnknown(facts: CapacityFacts): ReportMissing[] {
  if (isComparable(facts)) return [];
  const params = { day: cityDay(facts.before), first: cityDay(facts.first) };
  return [missing(missingFigures.change, missingWhy.beforeBooks, params)];
}

/** Organisations that got another one above them within the month that is compared. */
function movesOf(facts: CapacityFacts): Localized[] {
  const { organizations, organization, asOf, before } = facts;
  return [...organizations.values()]
    .filter(({ metadata }) => organization === undefined || metadata.name === organization)
    .flatMap(({ spec }) =>
      spec.parents
        .filter(({ from }) => spec.parents.length > 1 && from > cityDay(before) && from <= cityDay(asOf))
        .map(({ code, from }) =>
          both(reportNotes.moved, {
            organization: titled(spec.name),
            above: nameIn(facts.organizations, code),
            from,
          }),
        ),
    )
    .sort((a, b) => (a.zh < b.zh ? -1 : 1));
}
