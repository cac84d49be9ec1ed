import type {
  CatalogItem,
  InformationSystem,
  Organization,
  ResourceRequest,
} from '../../../api/v1alpha1/index.ts';
import { CliError } from '../../errors.ts';
import { find } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { parseManifests } from '../manifest.ts';
import { parseLines } from './lines.ts';

type Spec = ResourceRequest['spec'];

/** What flags say of a request; what is left out is asked for, or kept when a request is edited. */
export interface RequestInput {
  readonly system?: string | undefined;
  readonly project?: string | undefined;
  readonly zone?: string | undefined;
  readonly arch?: 'amd64' | 'arm64' | undefined;
  readonly until?: string | undefined;
  readonly reason?: string | undefined;
  /** `item=quantity:parameter=value,...` each. */
  readonly items?: readonly string[] | undefined;
  /** Allocations to stand apart from: in another zone, in another pool. */
  readonly recoveryOf?: readonly string[] | undefined;
  readonly apartFrom?: readonly string[] | undefined;
  readonly applicant: Partial<Spec['applicant']>;
  readonly attachment?: Spec['attachment'] | undefined;
}

/** A question for what is missing. Returns undefined when there is nobody to answer. */
export type AskField = (flag: string) => Promise<string | undefined>;

/**
 * The requests of a file as they would be sent, submitted at once or drafts. Nothing is sent yet.
 * @throws CliError E_MANIFEST_NAMESPACE, as kubectl when `-n` says something else
 */
export async function draftsOf(
  hub: Hub,
  manifest: string,
  submit: boolean,
  namespaceFlag: string | undefined,
): Promise<ResourceRequest[]> {
  const given = await parseManifests(manifest);
  const requester = await hub.whoAmI();
  return given.map(({ metadata, spec }) => {
    if (
      namespaceFlag !== undefined &&
      metadata.namespace !== undefined &&
      metadata.namespace !== namespaceFlag
    ) {
      const params = { given: metadata.namespace, namespace: namespaceFlag };
      throw new CliError('E_MANIFEST_NAMESPACE', params);
    }
    const namespace = metadata.namespace ?? hub.requireNamespace();
    return {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'ResourceRequest',
      metadata: {
        ...metadata,
        // An exported name was generated; as it is named, it is not generated again.
        ...(metadata.name ? { namespace, generateName: undefined } : generated(namespace)),
      } as ResourceRequest['metadata'],
      spec: { ...spec, requester, submission: submit ? 1 : 0 },
    };
  });
}

/** A new request as it would be sent, submitted at once or a draft. Nothing is sent yet. */
export async function draftRequest(
  hub: Hub,
  input: RequestInput,
  submit: boolean,
  ask: AskField,
): Promise<ResourceRequest> {
  const namespace = hub.requireNamespace();
  const wanted = await complete(input, ask);
  const [items, requester, system, organization] = await Promise.all([
    hub.list<CatalogItem>(kinds.catalogItems),
    hub.whoAmI(),
    find<InformationSystem>(hub, kinds.informationSystems, wanted.system),
    organizationOf(hub, namespace),
  ]);
  const applicant = {
    unit: input.applicant.unit ?? organization?.spec.name.zh ?? '',
    person: input.applicant.person ?? system.spec.contact.person,
    phone: input.applicant.phone ?? system.spec.contact.phone,
    reviewer: wanted.reviewer,
    ...(input.applicant.account === undefined ? {} : { account: input.applicant.account }),
  };
  return newRequest(namespace, {
    requester,
    applicant,
    action: 'Provision',
    system: wanted.system,
    mlps: system.spec.mlps.level,
    project: wanted.project,
    zone: wanted.zone,
    ...(input.arch === undefined ? {} : { arch: input.arch }),
    ...(input.recoveryOf ? { recoveryOf: [...input.recoveryOf] } : {}),
    ...(input.apartFrom ? { apartFrom: [...input.apartFrom] } : {}),
    lines: parseLines(wanted.items, items),
    until: wanted.until,
    reason: wanted.reason,
    submission: submit ? 1 : 0,
  });
}

export function newRequest(namespace: string, spec: Spec): ResourceRequest {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'ResourceRequest',
    metadata: generated(namespace),
    spec,
  };
}

/** The API server completes the name: an id, never derived from what is asked for. */
function generated(namespace: string): ResourceRequest['metadata'] {
  return { generateName: 'req-', namespace } as ResourceRequest['metadata'];
}

/** The organisation whose namespace it is. */
export async function organizationOf(hub: Hub, namespace: string): Promise<Organization | undefined> {
  const all = await hub.list<Organization>(kinds.organizations);
  return all.find(
    ({ metadata, status }) => status?.namespace === namespace || `gov-${metadata.name}` === namespace,
  );
}

interface Complete {
  readonly system: string;
  readonly project: string;
  readonly zone: string;
  readonly until: string;
  readonly reason: string;
  readonly reviewer: string;
  readonly items: readonly string[];
}

/** Asks for what is missing; without anybody to ask, all that is missing is one error. */
async function complete(input: RequestInput, ask: AskField): Promise<Complete> {
  const missing: string[] = [];
  const need = async (flag: string, value: string | undefined): Promise<string> => {
    const known = value ?? (await ask(flag));
    if (!known) missing.push(flag);
    return known ?? '';
  };
  const system = await need('system', input.system);
  const project = await need('project', input.project);
  const zone = await need('zone', input.zone);
  const until = await need('until', input.until);
  const reason = await need('reason', input.reason);
  const items = input.items?.length
    ? input.items
    : (await need('item', undefined)).split(/\s+/).filter((it) => it !== '');
  const reviewer = await need('applicant-reviewer', input.applicant.reviewer);
  if (missing.length > 0) {
    throw CliError.all(missing.map((flag) => ({ code: 'E_FLAG_REQUIRED' as const, params: { flag } })));
  }
  return { system, project, zone, until, reason, reviewer, items };
}
