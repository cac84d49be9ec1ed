import { resourceOf } from '../../../api/kind.ts';
import { UsageFinding } from '../../../api/v1alpha1/index.ts';
import { cityDay, dayAfter, startOfDay } from '../../../domain/calendar.ts';
import { decideFinding, isOver } from '../../../domain/usage/answers.ts';
import { calendarOf, WORKING_DAYS } from '../../calendar.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

const FINDINGS = resourceOf(UsageFinding);

/**
 * Copies what people say of a finding into the books, shows what became of it, and ends it when its allocation is given
 * back or has another size. One that is open is looked at again when the city's day is over: it may be late then.
 */
export async function reconcileUsageFinding(
  term: Term,
  key: string,
): Promise<{ requeueAfterMs: number } | undefined> {
  const { hub, books } = term;
  const finding = hub.findings.get(key);
  if (!finding) return undefined;
  const { metadata, spec, status } = finding;
  // Nothing is added to one that is over: what was said of it is in the books since it is shown so.
  if (status?.state && isOver(status.state) && status.observedGeneration === metadata.generation)
    return undefined;
  const { namespace = '', name, uid } = metadata;
  const subject = { kind: UsageFinding.kind, uid, namespace, name };
  const copies = await books.recordUsageDecisions(subject, status?.decisions ?? []);
  const now = await books.time();
  const action = decideFinding({
    finding,
    allocation: hub.allocations.get(`${namespace}/${spec.allocation.name}`),
    copies,
    calendar: calendarOf(hub.configuration.get(WORKING_DAYS)),
    now,
  });
  switch (action.do) {
    case 'end':
      await hub.client.update(FINDINGS, { ...finding, spec: { ...spec, ended: action.ended } });
      return undefined;
    case 'project':
      await writeStatus(term, FINDINGS, finding, action.status);
      return undefined;
    case 'wait':
      return { requeueAfterMs: startOfDay(dayAfter(cityDay(now), 1)).getTime() - Date.parse(now) };
  }
}
