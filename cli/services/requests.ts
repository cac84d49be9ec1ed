import { dump } from 'js-yaml';
import type {
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import type { ClosedRequest } from '../../api/reports/index.ts';
import { KubeError } from '../../kube/errors.ts';
import type { Stored } from '../../kube/types.ts';
import { CliError, type CliErrorCode, RefusedError } from '../errors.ts';
import { find, findAllocation, findRequest, isSerial, notFound } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { listReport } from '../hub/reports.ts';
import { near } from '../../domain/near.ts';
import { parseManifest, parseManifests } from './manifest.ts';
import { type QuoteAnswer, quoteLocally } from './quote.ts';
import { stateWord } from './states.ts';

type Spec = ResourceRequest['spec'];
type Line = Spec['lines'][number];

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
  readonly applicant: Partial<Spec['applicant']>;
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
    lines: parseLines(wanted.items, items),
    until: wanted.until,
    reason: wanted.reason,
    submission: submit ? 1 : 0,
  });
}

function newRequest(namespace: string, spec: Spec): ResourceRequest {
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

async function organizationOf(hub: Hub, namespace: string): Promise<Organization | undefined> {
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

const ITEM = /^([a-z0-9][-a-z0-9]*)=(\d+)(?::(.*))?$/;
const LINE_NAME_LENGTH = 20;

/** Lines from `item=quantity:parameter=value,...`; a value is a number where the item says so. */
export function parseLines(texts: readonly string[], items: readonly CatalogItem[]): Line[] {
  const names = new Set<string>();
  return texts.map((text) => {
    const match = ITEM.exec(text);
    if (!match?.[1] || !match[2]) throw new CliError('E_ITEM_SYNTAX', { text });
    const item = items.find(({ metadata }) => metadata.name === match[1]);
    if (!item) {
      throw notFound(
        'CatalogItem',
        match[1],
        items.map(({ metadata }) => metadata.name),
      );
    }
    let name = match[1].slice(0, LINE_NAME_LENGTH).replace(/-+$/, '');
    for (let count = 2; names.has(name); count++) {
      const suffix = `-${count}`;
      name = match[1].slice(0, LINE_NAME_LENGTH - suffix.length) + suffix;
    }
    names.add(name);
    return {
      name,
      item: match[1],
      quantity: Number(match[2]),
      parameters: parseParameters(match[3] ?? '', item),
    };
  });
}

/** Parameter values from `name=value,...`. */
function parseParameters(text: string, item: CatalogItem): Line['parameters'] {
  const pairs = text === '' ? [] : text.split(',');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError('E_PARAMETER_SYNTAX', { text: pair });
      const name = pair.slice(0, at).trim();
      const value = pair.slice(at + 1).trim();
      const integer = item.spec.parameters.find((it) => it.name === name)?.type === 'integer';
      return [name, integer && /^\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}

/** Reasons that say that the request itself is wrong, not that there is no room for it now. */
function isFault(code: string): boolean {
  return !code.startsWith('E_QUOTA_') && !code.startsWith('E_POOL_');
}

export interface Sent {
  readonly request: Stored<ResourceRequest>;
  /** What the operator will most likely say; undefined when the books could not be asked. */
  readonly answer: QuoteAnswer | undefined;
}

/**
 * Checks requests with the operator's code and sends them. Of several each is checked, by the API server too, before
 * the first is sent. A faulty request is not sent; one for which there is no room is, since room may come until it
 * is submitted.
 * @throws RefusedError with every reason
 */
export async function* sendRequests(
  hub: Hub,
  requests: readonly ResourceRequest[],
  now: string,
): AsyncGenerator<Sent, void, void> {
  const answers: (QuoteAnswer | undefined)[] = [];
  for (const request of requests) {
    const answer = await tryQuote(hub, request, now);
    if (answer && !answer.ok && answer.reasons.some(({ code }) => isFault(code)))
      throw await refused(hub, request, answer.reasons);
    if (requests.length > 1) await createRequest(hub, request, true);
    answers.push(answer);
  }
  for (const [index, request] of requests.entries())
    yield { request: await createRequest(hub, request), answer: answers[index] };
}

/** The refusal, with names that are near to those which nobody knows. */
async function refused(
  hub: Hub,
  { spec }: ResourceRequest,
  reasons: QuoteAnswer['reasons'],
): Promise<RefusedError> {
  const namesOf = async (kind: kinds.KindRef) => (await hub.list(kind)).map(({ metadata }) => metadata.name);
  const meant = await Promise.all(
    reasons.map(async ({ code }) => {
      switch (code) {
        case 'E_ZONE_UNKNOWN': {
          const clusters = await hub.list<MemberCluster>(kinds.memberClusters);
          return near(
            spec.zone,
            clusters.map((it) => it.spec.zone),
          );
        }
        case 'E_PROJECT_UNKNOWN':
          return near(spec.project, await namesOf(kinds.projects));
        case 'E_SYSTEM_UNKNOWN':
          return near(spec.system, await namesOf(kinds.informationSystems));
        default:
          return [];
      }
    }),
  );
  return new RefusedError(reasons, meant.flat());
}

/** Creates a request, or lets the API server say, admission included, whether it would. */
function createRequest(hub: Hub, request: ResourceRequest, dryRun = false): Promise<Stored<ResourceRequest>> {
  return hub.client.create<ResourceRequest>(kinds.resourceRequests, request, { dryRun });
}

async function tryQuote(hub: Hub, request: ResourceRequest, now: string): Promise<QuoteAnswer | undefined> {
  try {
    return await quoteLocally(hub, request, now);
  } catch (error) {
    // The operator will quote it all the same.
    if (error instanceof CliError && error.faults.some(({ code }) => code === 'E_REPORTS_ABSENT'))
      return undefined;
    throw error;
  }
}

/** The dry run: quoted here, and with `server` also put before the API server's admission. Nothing is written. */
export async function tryRequest(
  hub: Hub,
  request: ResourceRequest,
  how: 'client' | 'server',
  now: string,
): Promise<QuoteAnswer> {
  const answer = await quoteLocally(hub, request, now);
  return how === 'server' ? { ...answer, request: await createRequest(hub, request, true) } : answer;
}

/** A request as it stands, or as the books keep it once it is closed and gone. */
export async function showRequest(hub: Hub, name: string): Promise<Stored<ResourceRequest>> {
  try {
    return await findRequest(hub, name);
  } catch (error) {
    const closed = isNotFound(error) ? await closedRequest(hub, name) : undefined;
    if (closed) return closed;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof CliError && error.faults[0]?.code === 'E_NOT_FOUND';
}

async function closedRequest(
  hub: Hub,
  name: string,
  uid?: string,
): Promise<Stored<ResourceRequest> | undefined> {
  const serial = isSerial(name) ? name.toUpperCase() : undefined;
  try {
    const closed = await listReport(hub, 'closedrequests', {
      namespace: hub.namespace,
      query: serial === undefined ? { fieldSelector: `metadata.name=${name}` } : { serial },
    });
    const last = closed.findLast((it) => uid === undefined || it.uid === uid);
    return last && objectOf(last);
  } catch (error) {
    // Whoever may not look into the books, or cannot now, is told that it is not in the hub.
    if (error instanceof KubeError || error instanceof CliError) return undefined;
    throw error;
  }
}

/** Requests that are over, as the books keep them, in the order of their closing; the hub forgets them after a while. */
export async function closedRequests(hub: Hub): Promise<Stored<ResourceRequest>[]> {
  const { namespace } = hub;
  return (await listReport(hub, 'closedrequests', namespace === undefined ? {} : { namespace })).map(
    objectOf,
  );
}

/** The object that the books took a copy of. */
function objectOf({ document }: ClosedRequest): Stored<ResourceRequest> {
  const { group, version, kind } = kinds.resourceRequests;
  return { apiVersion: `${group}/${version}`, kind, ...(document as object) } as Stored<ResourceRequest>;
}

const EDITABLE = new Set(['Draft', 'Submitted', 'InReview', 'Returned']);

function requireState(request: ResourceRequest, may: boolean): void {
  if (may) return;
  throw new CliError('E_REQUEST_STATE', { request: labelOf(request), state: stateWord(request.status) });
}

/** How a request is called when people speak of it. */
export function labelOf(request: {
  metadata: { name: string };
  status?: { serial?: string | undefined } | undefined;
}): string {
  return request.status?.serial ?? request.metadata.name;
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

/** A request with changes by flags; nothing is sent. */
export async function editedRequest(
  hub: Hub,
  current: Stored<ResourceRequest>,
  input: RequestInput,
): Promise<Stored<ResourceRequest>> {
  requireState(current, EDITABLE.has(current.status?.phase ?? 'Draft'));
  const { system, project, zone, arch, until, reason, applicant } = input;
  const given = Object.fromEntries(
    Object.entries({ system, project, zone, arch, until, reason }).filter(([, value]) => value !== undefined),
  ) as Partial<Spec>;
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

/** Hands a draft in, or a returned request once more. */
export async function submitRequest(
  hub: Hub,
  name: string,
  dryRun = false,
): Promise<Stored<ResourceRequest>> {
  const request = await findRequest(hub, name);
  const { submission } = request.spec;
  requireState(request, submission === 0 || request.status?.phase === 'Returned');
  return hub.client.jsonPatch<ResourceRequest>(
    kinds.resourceRequests,
    request.metadata,
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

export type Change =
  | { readonly action: 'Resize'; readonly quantity?: number | undefined; readonly set: readonly string[] }
  | { readonly action: 'Renew'; readonly until: string }
  | { readonly action: 'Release' };

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
    name: spec.item.slice(0, LINE_NAME_LENGTH).replace(/-+$/, ''),
    item: spec.item,
    quantity: change.quantity ?? spec.quantity,
    parameters: { ...spec.parameters, ...set },
  };
}

function defaultReason(action: Change['action'], allocation: string): string {
  const words = { Resize: '变更', Renew: '续期', Release: '释放' }[action];
  return `${words} ${allocation}`;
}
