import type { Delegation, StepName } from '../../api/v1alpha1/index.ts';
import { DELEGATED_EVERYWHERE, isInForce, mandateOf } from '../../domain/approval/delegation.ts';
import { cityDay } from '../../domain/calendar.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { Stored } from '../../kube/types.ts';
import { accountOf } from '../accounts.ts';
import { CliError } from '../errors.ts';
import { find } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { mapLimited } from '../hub/limited.ts';
import { rightsOf } from '../hub/rights.ts';

/** What is delegated, by flags. */
export interface DelegationInput {
  readonly standin: string;
  /** Whose step it is; the caller's own unless given, which the security administrator does. */
  readonly reviewer?: string | undefined;
  readonly step: StepName;
  readonly from: string;
  readonly until: string;
  readonly reason: string;
}

/**
 * Lets somebody stand in: in the organisation that is named, else everywhere if the caller's right reaches so far, else in
 * each organisation where they have it.
 * @throws CliError E_DELEGATION_NOWHERE, E_DELEGATION_CIRCLE
 */
export async function delegate(
  hub: Hub,
  { standin, reviewer, step, from, until, reason }: DelegationInput,
  dryRun: boolean,
): Promise<Stored<Delegation>[]> {
  const madeBy = await hub.whoAmI();
  const spec: Delegation['spec'] = {
    madeBy,
    reviewer: reviewer === undefined ? madeBy : accountOf(reviewer),
    standin: accountOf(standin),
    step,
    from,
    until,
    reason,
  };
  const places = await placesOf(hub, spec.reviewer === madeBy ? 'decide' : 'takeover', step);
  if (places.length === 0) throw new CliError('E_DELEGATION_NOWHERE', { step });
  const wanted = places.map(
    (namespace): Delegation => ({
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Delegation',
      metadata: { generateName: `${step}-`, namespace } as Delegation['metadata'],
      spec,
    }),
  );
  const standing = (
    await mapLimited([...new Set([...places, DELEGATED_EVERYWHERE])], (it) => listIn(hub, it))
  ).flat();
  for (const { metadata } of wanted) {
    const asked = { ...spec, namespace: metadata.namespace ?? '' };
    // What would not count is not made. Whom the caller may not see, the operator does.
    if (!mandateOf([...standing, ...wanted], asked, from))
      throw new CliError('E_DELEGATION_CIRCLE', { reviewer: spec.reviewer, standin: spec.standin });
  }
  return mapLimited(wanted, (it) => hub.client.create<Delegation>(kinds.delegations, it, { dryRun }));
}

async function placesOf(hub: Hub, verb: string, step: StepName): Promise<readonly string[]> {
  if (hub.namespace !== undefined) return [hub.namespace];
  const may = rightsOf(hub);
  const allows = (namespace: string | undefined) =>
    may({ verb, resource: kinds.resourceRequests, subresource: step, namespace });
  if (await allows(undefined)) return [DELEGATED_EVERYWHERE];
  const namespaces = await hub.organizationNamespaces();
  const allowed = await mapLimited(namespaces, allows);
  return namespaces.filter((_, index) => allowed[index]);
}

/** Every delegation that the caller may see, those in force and to come first. */
export async function delegations(hub: Hub, now: string): Promise<Stored<Delegation>[]> {
  const everywhere = hub.namespace === undefined ? [] : await listIn(hub, DELEGATED_EVERYWHERE);
  const all = [...(await hub.list<Delegation>(kinds.delegations)), ...everywhere];
  const today = cityDay(now);
  const rank = ({ spec }: Delegation) => `${spec.until < today ? 1 : 0} ${spec.from}`;
  return all.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** Ends a delegation: what was decided by it stays. */
export async function endDelegation(hub: Hub, name: string, dryRun: boolean): Promise<Stored<Delegation>> {
  const found = await find<Delegation>(hub, kinds.delegations, name);
  const { uid, namespace = '' } = found.metadata;
  await hub.client.delete(kinds.delegations, { name: found.metadata.name, namespace }, { uid, dryRun });
  return found;
}

/** For whom the caller stands in on a step in a namespace now, by name. Asked once for each. */
export function standsInFor(
  hub: Hub,
  me: string,
  now: string,
): (step: StepName, namespace: string) => Promise<readonly string[]> {
  const may = rightsOf(hub);
  const known = new Map<string, Promise<readonly Stored<Delegation>[]>>();
  const listed = (namespace: string) => {
    const list = known.get(namespace) ?? listIn(hub, namespace);
    known.set(namespace, list);
    return list;
  };
  return async (step, namespace) => {
    const right = { verb: 'standin', resource: kinds.resourceRequests, subresource: step };
    if (!(await may(right)) && !(await may({ ...right, namespace }))) return [];
    const all = (await Promise.all([namespace, DELEGATED_EVERYWHERE].map(listed))).flat();
    const reviewers = all
      .filter(({ spec }) => spec.standin === me && spec.step === step && isInForce(spec, now))
      .map(({ spec }) => spec.reviewer)
      .filter((it) => mandateOf(all, { namespace, step, reviewer: it, standin: me }, cityDay(now)));
    return [...new Set(reviewers)].sort();
  };
}

/** Those of a namespace, as far as the caller may see them. */
async function listIn(hub: Hub, namespace: string): Promise<readonly Stored<Delegation>[]> {
  try {
    return (await hub.client.list<Delegation>(kinds.delegations, { namespace })).items;
  } catch (error) {
    if (isKubeError(error, 'E_API_FORBIDDEN')) return [];
    throw error;
  }
}
