import type {
  Allocation,
  CatalogItem,
  InformationSystem,
  Organization,
  Project,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError } from '../errors.ts';
import { findAllocation } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { showRequest } from './requests/read.ts';
import { seen } from './review-brief.ts';
import { stateWord } from './states.ts';

type Line = ResourceRequest['spec']['lines'][number];

/** What the acceptance form of an allocation says, as far as whoever prints it may see: what is undefined they may not. */
export interface Acceptance {
  readonly allocation: Stored<Allocation>;
  readonly organization: Organization | undefined;
  readonly system: InformationSystem | undefined;
  readonly project: Project | undefined;
  /** As the catalogue has it now: for its titles. */
  readonly item: CatalogItem | undefined;
  /** That its present content rests on; opening stock has none. */
  readonly request: Stored<ResourceRequest> | undefined;
  /** What that request asked for of this allocation. */
  readonly line: Line | undefined;
}

/** @throws CliError E_NOT_DELIVERED: there is nothing to be accepted yet */
export async function acceptanceOf(hub: Hub, name: string): Promise<Acceptance> {
  const allocation = await findAllocation(hub, name);
  const { metadata, spec, status } = allocation;
  const { namespace = '' } = metadata;
  if ((status?.deliveredRevision ?? 0) < spec.contentRevision)
    throw new CliError('E_NOT_DELIVERED', { allocation: metadata.name, state: stateWord(status) });
  const change = spec.changes.find(({ revision }) => revision === spec.contentRevision);
  const [organization, system, project, item, request] = await Promise.all([
    seen(hub.client.get<Organization>(kinds.organizations, { name: spec.organization })),
    seen(hub.client.get<InformationSystem>(kinds.informationSystems, { name: spec.system, namespace })),
    spec.project === undefined
      ? undefined
      : seen(hub.client.get<Project>(kinds.projects, { name: spec.project, namespace })),
    seen(hub.client.get<CatalogItem>(kinds.catalogItems, { name: spec.item })),
    change && seen(showRequest(hub.in(namespace), change.serial)),
  ]);
  return {
    allocation,
    organization,
    system,
    project,
    item,
    request,
    line: request && lineOf(request, allocation),
  };
}

/** A line gives one allocation, named after it; a change has the one line of its target. */
function lineOf({ spec, status }: ResourceRequest, { metadata }: Allocation): Line | undefined {
  const own = (line: Line) => `${status?.serial?.toLowerCase()}-${line.name}` === metadata.name;
  return spec.action === 'Provision' ? spec.lines.find(own) : spec.lines[0];
}
