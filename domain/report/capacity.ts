import type { ReportBody, ReportMissing } from '../../api/reports/report.ts';
import { missingFigures, missingWhy, reportNotes, reportTitles } from '../../messages/report-texts.ts';
import { cityDay } from '../calendar.ts';
import { RESOURCES } from '../quantity.ts';
import { type CapacityFacts, isComparable } from './capacity-facts.ts';
import { rankingSection, systemSection } from './holders.ts';
import { movesOf } from './moves.ts';
import { forecastSection, historySection } from './pool-days.ts';
import { poolSection, unknownOfPools, unknownUse } from './pools.ts';
import { quotaSection } from './quotas.ts';
import { missing, nameIn } from './table.ts';
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
    notes: [
      reportNotes.amounts,
      reportNotes.names,
      ...movesOf(
        organizations,
        { after: cityDay(facts.before), by: cityDay(asOf) },
        reportNotes.moved,
        organization,
      ),
    ],
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
