import type { InformationSystem, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { find } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { newRequest, organizationOf } from './draft.ts';

type Spec = ResourceRequest['spec'];

/** What flags say of a raise of the organisation's quota. */
export interface RaiseInput {
  readonly system: string;
  readonly project: string;
  /** Where the system runs that needs it. */
  readonly zone: string;
  readonly quota: NonNullable<Spec['quota']>;
  readonly until: string | undefined;
  readonly reason: string;
  readonly applicant: Partial<Spec['applicant']> & Pick<Spec['applicant'], 'reviewer'>;
}

/** A new request for more quota, as it would be sent. Nothing is sent yet. */
export async function raiseRequest(hub: Hub, input: RaiseInput, submit: boolean): Promise<ResourceRequest> {
  const namespace = hub.requireNamespace();
  const [requester, system, organization] = await Promise.all([
    hub.whoAmI(),
    find<InformationSystem>(hub, kinds.informationSystems, input.system),
    organizationOf(hub, namespace),
  ]);
  const { project, zone, quota, until, reason, applicant } = input;
  return newRequest(namespace, {
    requester,
    applicant: {
      unit: organization?.spec.name.zh ?? '',
      person: system.spec.contact.person,
      phone: system.spec.contact.phone,
      ...applicant,
    },
    action: 'RaiseQuota',
    system: input.system,
    mlps: system.spec.mlps.level,
    project,
    zone,
    lines: [],
    quota,
    ...(until === undefined ? {} : { until }),
    reason,
    submission: submit ? 1 : 0,
  });
}
