import type { Delegation } from '../../api/v1alpha1/index.ts';
import { DELEGATED_EVERYWHERE } from '../../domain/approval/delegation.ts';
import { cityDay } from '../../domain/calendar.ts';
import { cliTexts } from '../../messages/cli.ts';
import { columns, texts } from '../../messages/cli-views.ts';
import { stepMessages } from '../../messages/states.ts';
import type { Reader } from '../output/reader.ts';
import type { Column } from '../output/table.ts';
import { nameColumn, person } from './common.ts';

export const delegationColumns: readonly Column<Delegation>[] = [
  { header: columns.place, value: ({ metadata }, reader) => placeText(metadata.namespace, reader) },
  nameColumn(),
  { header: columns.step, value: ({ spec }, reader) => reader.text(stepMessages[spec.step]) },
  { header: columns.reviewer, value: ({ spec }) => person(spec.reviewer) },
  { header: columns.standin, value: ({ spec }) => person(spec.standin) },
  { header: columns.from, value: ({ spec }) => spec.from },
  {
    header: columns.until,
    value: ({ spec }, reader) =>
      spec.until < cityDay(reader.now) ? `${spec.until} (${reader.text(texts.ended)})` : spec.until,
  },
  { header: columns.reason, value: ({ spec }) => spec.reason },
  { header: columns.requester, value: ({ spec }) => person(spec.madeBy), wide: true },
];

function placeText(namespace: string | undefined, reader: Reader): string {
  return namespace === DELEGATED_EVERYWHERE ? reader.text(texts.everywhere) : (namespace ?? '-');
}

/** Who stands in for whom, in one line, and where. */
export function delegatedText(
  dryRun: boolean,
): (made: readonly Delegation[], reader: Reader) => readonly string[] {
  return (made, reader) => {
    if (dryRun) return [reader.text(cliTexts.dryRunDone)];
    return made.map(({ metadata, spec }) =>
      reader.text(cliTexts.delegated, {
        name: metadata.name,
        place: placeText(metadata.namespace, reader),
        reviewer: person(spec.reviewer),
        standin: person(spec.standin),
        step: stepMessages[spec.step],
        from: spec.from,
        until: spec.until,
      }),
    );
  };
}
