import type { UsageDecision, UsageFinding } from '../../api/v1alpha1/index.ts';
import type { Stored } from '../../kube/types.ts';
import { find } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { mapLimited } from '../hub/limited.ts';
import { rightsOf } from '../hub/rights.ts';
import { appendToStatus } from './append.ts';

type State = NonNullable<NonNullable<UsageFinding['status']>['state']>;

/** Where one stands; what the operator has not looked at yet waits for an answer. */
export function findingState({ status }: UsageFinding): State {
  return status?.state ?? 'Open';
}

/** Whether nothing is to be done about it any more. */
export function isFindingOver(finding: UsageFinding): boolean {
  return ['Dismissed', 'Closed'].includes(findingState(finding));
}

export function findFinding(hub: Hub, name: string): Promise<Stored<UsageFinding>> {
  return find<UsageFinding>(hub, kinds.usageFindings, name);
}

/**
 * What waits for the caller: for an answer or for being acted on, where they answer; for a judgement, where they may judge.
 * What is due first comes first.
 */
export async function findingsOfCaller(hub: Hub): Promise<Stored<UsageFinding>[]> {
  const [me, all] = await Promise.all([hub.whoAmI(), hub.list<UsageFinding>(kinds.usageFindings)]);
  const open = all.filter((it) => !isFindingOver(it));
  const rights = rightsOf(hub);
  const may = (subresource: UsageDecision['step'], namespace: string) =>
    rights({ verb: 'decide', resource: kinds.usageFindings, subresource, namespace });
  const mine = await mapLimited(open, async (finding) => {
    const { namespace = '' } = finding.metadata;
    if (findingState(finding) !== 'Appealed') return may('answer', namespace);
    const { spec, status } = finding;
    const isOwn = status?.decisions?.some((it) => it.raised === spec.raised && it.by === me) ?? false;
    return !isOwn && may('judge', namespace);
  });
  const due = ({ status }: UsageFinding) => status?.due ?? '9999-12-31';
  return open.filter((_, index) => mine[index]).toSorted((a, b) => (due(a) < due(b) ? -1 : 1));
}

/** Adds what the caller says of a finding, as it was read. */
export async function sayOfFinding(
  hub: Hub,
  name: string,
  said: Pick<UsageDecision, 'step' | 'verdict'> & { readonly comment: string | undefined },
  dryRun: boolean,
): Promise<Stored<UsageFinding>> {
  const [finding, by] = await Promise.all([findFinding(hub, name), hub.whoAmI()]);
  const { generation = 0 } = finding.metadata;
  const { raised } = finding.spec;
  const { step, verdict, comment } = said;
  const decision: UsageDecision = {
    step,
    raised,
    generation,
    by,
    verdict,
    ...(comment === undefined ? {} : { comment }),
  };
  const seen = { '/metadata/generation': generation };
  return appendToStatus(hub, kinds.usageFindings, finding, 'decisions', decision, seen, dryRun);
}
