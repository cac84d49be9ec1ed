import type { CatalogItem, InformationSystem, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { actions } from '../../../messages/cli-views.ts';
import { CliError, type CliErrorCode } from '../../errors.ts';
import { find, findAllocation } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { newRequest, organizationOf } from './draft.ts';
import { lineNameOf, parseParameters } from './lines.ts';
import { closedRequest } from './read.ts';

type Spec = ResourceRequest['spec'];
type Line = Spec['lines'][number];

export type Change =
  | { readonly action: 'Resize'; readonly quantity?: number | undefined; readonly set: readonly string[] }
  | { readonly action: 'Renew'; readonly until: string }
  | { readonly action: 'Release' | 'Suspend' | 'Resume' };

/** A new request that changes an allocation as it stands now. Nothing is sent. */
export async function changeRequest(
  hub: Hub,
  allocationName: string,
  change: Change,
  input: {
    readonly reason?: string | undefined;
    readonly project?: string | undefined;
    readonly applicant: Partial<Spec['applicant']>;
  },
  submit: boolean,
): Promise<ResourceRequest> {
  const allocation = await findAllocation(hub, allocationName);
  const { spec, metadata } = allocation;
  const namespace = metadata.namespace ?? hub.requireNamespace();
  const [requester, system, organization, item, origin] = await Promise.all([
    hub.whoAmI(),
    hub.client.get<InformationSystem>(kinds.informationSystems, { name: spec.system, namespace }),
    organizationOf(hub, namespace),
    change.action === 'Resize' ? find<CatalogItem>(hub, kinds.catalogItems, spec.item) : undefined,
    originOf(hub.in(namespace), spec.request),
  ]);
  const project = input.project ?? spec.project;
  const missing: { code: CliErrorCode; params: { flag: string } }[] = [];
  if (project === undefined) missing.push({ code: 'E_FLAG_REQUIRED', params: { flag: 'project' } });
  const reviewer = input.applicant.reviewer ?? origin?.spec.applicant.reviewer;
  if (reviewer === undefined)
    missing.push({ code: 'E_FLAG_REQUIRED', params: { flag: 'applicant-reviewer' } });
  if (missing.length > 0) throw CliError.all(missing);
  const was = origin?.spec.applicant;
  // Whoever asked for it in the first place does not review its change either.
  const account = input.applicant.account ?? was?.account;
  return newRequest(namespace, {
    requester,
    applicant: {
      unit: input.applicant.unit ?? was?.unit ?? organization?.spec.name.zh ?? spec.organization,
      person: input.applicant.person ?? was?.person ?? system.spec.contact.person,
      phone: input.applicant.phone ?? was?.phone ?? system.spec.contact.phone,
      reviewer: reviewer ?? '',
      ...(account === undefined ? {} : { account }),
    },
    action: change.action,
    system: spec.system,
    mlps: system.spec.mlps.level,
    project: project ?? '',
    zone: spec.zone,
    arch: spec.arch,
    lines: change.action === 'Resize' && item ? [resizedLine(spec, change, item)] : [],
    target: { allocation: metadata.name, uid: metadata.uid, revision: spec.revision },
    ...(change.action === 'Renew' ? { until: change.until } : {}),
    reason: input.reason ?? defaultReason(change.action, metadata.name),
    submission: submit ? 1 : 0,
  });
}

/** The request that an allocation rests on, as it stands or as the books keep it; opening stock has none. */
async function originOf(
  hub: Hub,
  { name, uid }: { readonly name: string; readonly uid: string },
): Promise<ResourceRequest | undefined> {
  const { items } = await hub.client.list<ResourceRequest>(kinds.resourceRequests, {
    namespace: hub.namespace,
    fieldSelector: `metadata.name=${name}`,
  });
  const [found] = items;
  return found?.metadata.uid === uid ? found : closedRequest(hub, name, uid);
}

function resizedLine(
  spec: { item: string; quantity: number; parameters: Line['parameters'] },
  change: Change & { action: 'Resize' },
  item: CatalogItem,
): Line {
  const set = parseParameters(change.set.join(','), item);
  return {
    name: lineNameOf(spec.item),
    item: spec.item,
    quantity: change.quantity ?? spec.quantity,
    parameters: { ...spec.parameters, ...set },
  };
}

function defaultReason(action: Change['action'], allocation: string): string {
  const words = actions[action].zh;
  return `${words} ${allocation}`;
}
