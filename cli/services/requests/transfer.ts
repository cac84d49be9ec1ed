import {
  type Allocation,
  codeOf,
  type InformationSystem,
  namespaceOf,
  type ResourceRequest,
} from '../../../api/v1alpha1/index.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { Stored } from '../../../kube/types.ts';
import { CliError, type CliErrorCode } from '../../errors.ts';
import { find, notFound } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { newRequest, organizationOf } from './draft.ts';

type Spec = ResourceRequest['spec'];

/** What flags say of a transfer. */
export interface TransferInput {
  /** `<organisation>/<allocation>`: who hands over, and what. */
  readonly from: string;
  readonly system: string;
  readonly project: string;
  readonly reason: string | undefined;
  readonly applicant: Partial<Spec['applicant']> & Pick<Spec['applicant'], 'reviewer'>;
  /** As its holder tells them, for whoever may not look there. */
  readonly uid: string | undefined;
  readonly revision: number | undefined;
  readonly zone: string | undefined;
}

/**
 * A new request of the receiver for what another organisation has agreed to hand over. Nothing is sent yet.
 * @throws CliError E_TRANSFER_FROM; E_FLAG_REQUIRED for what its reader may not look up and has not told
 */
export async function transferRequest(
  hub: Hub,
  input: TransferInput,
  submit: boolean,
): Promise<ResourceRequest> {
  const namespace = hub.requireNamespace();
  const [giver = '', name = '', ...more] = input.from.split('/');
  if (giver === '' || name === '' || more.length > 0)
    throw new CliError('E_TRANSFER_FROM', { value: input.from });
  const organization = codeOf(giver) ?? giver;
  const [requester, system, receiver, there] = await Promise.all([
    hub.whoAmI(),
    find<InformationSystem>(hub, kinds.informationSystems, input.system),
    organizationOf(hub, namespace),
    seenThere(hub, { namespace: namespaceOf(organization), name }),
  ]);
  const uid = input.uid ?? there?.metadata.uid;
  const revision = input.revision ?? there?.spec.revision;
  const zone = input.zone ?? there?.spec.zone;
  const missing = Object.entries({ uid, revision, zone }).flatMap(([flag, value]) =>
    value === undefined ? [{ code: 'E_FLAG_REQUIRED' as CliErrorCode, params: { flag } }] : [],
  );
  if (uid === undefined || revision === undefined || zone === undefined) throw CliError.all(missing);
  return newRequest(namespace, {
    requester,
    applicant: {
      unit: receiver?.spec.name.zh ?? '',
      person: system.spec.contact.person,
      phone: system.spec.contact.phone,
      ...input.applicant,
    },
    action: 'Transfer',
    system: input.system,
    mlps: system.spec.mlps.level,
    project: input.project,
    zone,
    lines: [],
    target: { allocation: name, uid, revision, organization },
    reason: input.reason ?? `划转 ${organization}/${name}`,
    submission: submit ? 1 : 0,
  });
}

/** Undefined for who may not look there. @throws CliError E_NOT_FOUND */
async function seenThere(
  hub: Hub,
  object: { readonly namespace: string; readonly name: string },
): Promise<Stored<Allocation> | undefined> {
  try {
    return await hub.client.get<Allocation>(kinds.allocations, object);
  } catch (error) {
    if (isKubeError(error, 'E_API_FORBIDDEN')) return undefined;
    if (isKubeError(error, 'E_API_NOT_FOUND')) throw notFound('Allocation', object.name, []);
    throw error;
  }
}
