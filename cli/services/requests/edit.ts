import { dump } from 'js-yaml';
import type { CatalogItem, InformationSystem, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import type { Stored } from '../../../kube/types.ts';
import { CliError } from '../../errors.ts';
import { find, findRequest } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import * as kinds from '../../hub/kinds.ts';
import { parseManifest } from '../manifest.ts';
import { stateWord } from '../states.ts';
import type { RequestInput } from './draft.ts';
import { parseLines } from './lines.ts';
import { labelOf } from './read.ts';

const EDITABLE = new Set(['Draft', 'Submitted', 'InReview', 'Returned']);

function requireState(request: ResourceRequest, may: boolean): void {
  if (may) return;
  throw new CliError('E_REQUEST_STATE', { request: labelOf(request), state: stateWord(request.status) });
}

/** A request with what a file says instead; nothing is sent. @throws CliError E_MANIFEST_NAME */
export async function replacedRequest(
  current: Stored<ResourceRequest>,
  manifest: string,
): Promise<Stored<ResourceRequest>> {
  requireState(current, EDITABLE.has(current.status?.phase ?? 'Draft'));
  const { metadata, spec } = await parseManifest(manifest);
  const { requester, submission, withdrawn } = current.spec;
  const { name } = current.metadata;
  if (metadata.name !== undefined && metadata.name !== name)
    throw new CliError('E_MANIFEST_NAME', { given: metadata.name, name });
  return {
    ...current,
    spec: { ...spec, requester, submission, ...(withdrawn === undefined ? {} : { withdrawn }) },
  };
}

/** A request with what its unit’s new form says instead; what a form does not have stays as it is. */
export function replacedByForm(
  current: Stored<ResourceRequest>,
  { spec }: ResourceRequest,
): Stored<ResourceRequest> {
  requireState(current, EDITABLE.has(current.status?.phase ?? 'Draft'));
  const { arch: _any, recoveryOf: _none, apartFrom: _nor, ...kept } = current.spec;
  const { requester, submission, applicant } = kept;
  const { account = applicant.account } = spec.applicant;
  return {
    ...current,
    spec: {
      ...kept,
      ...spec,
      applicant: { ...spec.applicant, ...(account === undefined ? {} : { account }) },
      requester,
      submission,
    },
  };
}

/** A request with changes by flags; nothing is sent. */
export async function editedRequest(
  hub: Hub,
  current: Stored<ResourceRequest>,
  input: RequestInput,
): Promise<Stored<ResourceRequest>> {
  requireState(current, EDITABLE.has(current.status?.phase ?? 'Draft'));
  const { system, project, zone, arch, until, reason, recoveryOf, apartFrom, attachment, applicant } = input;
  const given = Object.fromEntries(
    Object.entries({ system, project, zone, arch, until, reason, recoveryOf, apartFrom, attachment }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as Partial<ResourceRequest['spec']>;
  const known = Object.fromEntries(Object.entries(applicant).filter(([, value]) => value !== undefined));
  const moved = system !== undefined && system !== current.spec.system;
  const [items, registered] = await Promise.all([
    input.items?.length ? hub.list<CatalogItem>(kinds.catalogItems) : undefined,
    moved ? find<InformationSystem>(hub, kinds.informationSystems, system) : undefined,
  ]);
  return {
    ...current,
    spec: {
      ...current.spec,
      ...given,
      ...(registered ? { mlps: registered.spec.mlps.level } : {}),
      ...(items && input.items ? { lines: parseLines(input.items, items) } : {}),
      applicant: { ...current.spec.applicant, ...known },
    },
  };
}

/** What of a request may be edited, as YAML. */
export function manifestOf({ apiVersion, kind, metadata, spec }: ResourceRequest): string {
  const { requester: _requester, submission: _submission, withdrawn: _withdrawn, ...editable } = spec;
  const { name, namespace } = metadata;
  return dump({ apiVersion, kind, metadata: { name, namespace }, spec: editable }, { lineWidth: -1 });
}

/** Writes an edited request, if it was not changed meanwhile by somebody else. */
export function updateRequest(
  hub: Hub,
  request: Stored<ResourceRequest>,
  dryRun = false,
): Promise<Stored<ResourceRequest>> {
  return hub.client.update<Stored<ResourceRequest>>(kinds.resourceRequests, request, { dryRun });
}

/** A draft, or a returned request, that may be handed in. @throws CliError E_REQUEST_STATE */
export async function findToSubmit(hub: Hub, name: string): Promise<Stored<ResourceRequest>> {
  const request = await findRequest(hub, name);
  requireState(request, request.spec.submission === 0 || request.status?.phase === 'Returned');
  return request;
}

/** Hands it in. */
export function submitRequest(
  hub: Hub,
  { metadata, spec: { submission } }: Stored<ResourceRequest>,
  dryRun = false,
): Promise<Stored<ResourceRequest>> {
  return hub.client.jsonPatch<ResourceRequest>(
    kinds.resourceRequests,
    metadata,
    [
      { op: 'test', path: '/spec/submission', value: submission },
      { op: 'replace', path: '/spec/submission', value: submission + 1 },
    ],
    { dryRun },
  );
}

const OPEN = new Set(['Draft', 'Submitted', 'InReview', 'Returned']);

/** Takes a request back, for good. */
export async function withdrawRequest(
  hub: Hub,
  request: Stored<ResourceRequest>,
  dryRun = false,
): Promise<Stored<ResourceRequest>> {
  requireState(request, OPEN.has(request.status?.phase ?? 'Draft'));
  return hub.client.jsonPatch<ResourceRequest>(
    kinds.resourceRequests,
    request.metadata,
    [{ op: 'add', path: '/spec/withdrawn', value: true }],
    { dryRun },
  );
}
