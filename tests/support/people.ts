import { resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  type Decision,
  type Handover,
  type RequestLine,
  ResourceRequest,
  type StepName,
  Repair,
  StockImport,
} from '../../api/v1alpha1/index.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import type { SmallCity } from './city.ts';

const REQUESTS = resourceOf(ResourceRequest);
const ALLOCATIONS = resourceOf(Allocation);
const IMPORTS = resourceOf(StockImport);
const REPAIRS = resourceOf(Repair);

export type StoredRequest = Stored<ResourceRequest & KubeObject>;
export type StoredAllocation = Stored<Allocation & KubeObject>;
export type StoredRepair = Stored<Repair & KubeObject>;
type Spec = ResourceRequest['spec'];

/** What differs between requests; the rest of a request is the same for every test. */
export type Wish = Pick<Spec, 'action'> & Partial<Spec>;

/** Whom each organisation's requests are for. */
const SYSTEMS: Readonly<Record<string, Pick<Spec, 'system' | 'project' | 'mlps'>>> = {
  'gov-441500-wjj': { system: 'jiankang', project: 'wjj-2021', mlps: 3 },
  'gov-441523': { system: 'menhu', project: 'xian-2021', mlps: 2 },
};

/** What the hub puts before the names of people. */
export const PEOPLE_PREFIX = 'system:serviceaccount:govcloud-people:';

let serial = 0;

/** Somebody of the city, who acts on their own credentials and sees what the API server answers them. */
export class Person {
  readonly id: string;
  /** What the hub calls them. */
  readonly account: string;
  readonly client: KubeClient;
  private readonly city: SmallCity;
  private readonly namespace: string;

  constructor(city: SmallCity, id: string, namespace: string, client: KubeClient) {
    this.city = city;
    this.id = id;
    this.account = `${PEOPLE_PREFIX}${id}`;
    this.namespace = namespace;
    this.client = client;
  }

  /** Submits a request of their organisation. */
  async submit(wish: Wish, name = `req-${(serial += 1)}`): Promise<StoredRequest> {
    const place = SYSTEMS[this.namespace];
    if (!place) throw new Error(`${this.id} asks for nobody`);
    const object: ResourceRequest & KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'ResourceRequest',
      metadata: { name, namespace: this.namespace },
      spec: {
        requester: this.account,
        applicant: { unit: '单位', person: '经办人', phone: '0660-0000000', reviewer: '审核人' },
        ...place,
        zone: 'extranet',
        lines: [],
        reason: '测试',
        submission: 1,
        ...(wish.action === 'Provision' || wish.action === 'Renew' ? { until: '2099-12-31' } : {}),
        ...wish,
      },
    };
    return this.client.create(REQUESTS, object);
  }

  /** Asks for a change of something granted, as it is now. */
  async submitChange(
    allocation: StoredAllocation,
    wish: Omit<Wish, 'target'>,
    name?: string,
  ): Promise<StoredRequest> {
    const { metadata, spec } = allocation;
    const target = { allocation: metadata.name, uid: metadata.uid, revision: spec.revision };
    return this.submit({ ...wish, target, arch: spec.arch }, name);
  }

  /** Asks for what another organisation has, as it is now. */
  async submitTransfer({ metadata, spec }: StoredAllocation, name?: string): Promise<StoredRequest> {
    const { organization, revision, zone } = spec;
    const target = { allocation: metadata.name, uid: metadata.uid, revision, organization };
    return this.submit({ action: 'Transfer', target, zone }, name);
  }

  /** Changes what they ask for; the last submission is theirs to count. */
  async edit(request: StoredRequest, change: Partial<Spec>): Promise<StoredRequest> {
    const { metadata, spec } = await this.client.get<StoredRequest>(REQUESTS, request.metadata);
    return this.client.mergePatch<StoredRequest>(REQUESTS, metadata, {
      metadata: { resourceVersion: metadata.resourceVersion },
      spec: { submission: spec.submission + 1, ...change },
    });
  }

  async withdraw(request: StoredRequest): Promise<StoredRequest> {
    return this.client.mergePatch<StoredRequest>(REQUESTS, request.metadata, { spec: { withdrawn: true } });
  }

  /** Waits until a step is open and decides on it, on what the request then says. */
  async decide(
    request: StoredRequest,
    step: StepName,
    verdict: Decision['verdict'] = 'approve',
    more: Pick<Decision, 'returnTo' | 'comment' | 'onBehalfOf'> = {},
  ): Promise<StoredRequest> {
    const { status } = await this.city.seen(
      ResourceRequest,
      request.metadata,
      ({ status, metadata }) =>
        status?.review?.openStep === step && status.review.generation === metadata.generation,
    );
    const decision: Decision = {
      step,
      ticket: status?.review?.ticket ?? '',
      generation: status?.review?.generation ?? 0,
      reviewer: this.account,
      verdict,
      ...(verdict === 'approve' ? {} : { comment: '请修改' }),
      ...more,
    };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: decision }];
    return this.client.jsonPatch<StoredRequest>(REQUESTS, request.metadata, patch, { subresource: 'status' });
  }

  /** Delivers, accepts or refuses what is granted, in its present revision. */
  async handOver(
    allocation: StoredAllocation,
    action: Handover['action'],
    more: Pick<Handover, 'evidence' | 'comment' | 'organization'> = {},
  ): Promise<StoredAllocation> {
    const { spec } = await this.city.get(Allocation, allocation.metadata);
    const value: Handover = { action, revision: spec.revision, by: this.account, ...more };
    const patch = [{ op: 'add' as const, path: '/status/handovers/-', value }];
    return this.client.jsonPatch<StoredAllocation>(ALLOCATIONS, allocation.metadata, patch, {
      subresource: 'status',
    });
  }

  /** Asks for hub and books to be brought together again. */
  async askForRepair(name: string): Promise<StoredRepair> {
    const object: Repair & KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Repair',
      metadata: { name },
      spec: { requester: this.account, reason: '由备份恢复' },
    };
    return this.client.create(REPAIRS, object);
  }

  /** Decides on a plan of repair as it now stands. */
  async decideRepair(name: string, verdict: 'approve' | 'reject' = 'approve'): Promise<StoredRepair> {
    const { status } = await this.client.get<StoredRepair>(REPAIRS, { name });
    const comment = verdict === 'approve' ? {} : { comment: '先核对' };
    const value = { digest: status?.digest, reviewer: this.account, verdict, ...comment };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value }];
    return this.client.jsonPatch<StoredRepair>(REPAIRS, { name }, patch, { subresource: 'status' });
  }

  /** Hands a batch of opening stock in. */
  async importStock(
    name: string,
    rows: StockImport['spec']['rows'],
    file: StockImport['spec']['file'],
  ): Promise<void> {
    const object: StockImport & KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'StockImport',
      metadata: { name },
      spec: { requester: this.account, file, rows },
    };
    await this.client.create(IMPORTS, object);
  }

  /** Decides on a batch of opening stock, on what it says when it waits for that. */
  async decideStock(name: string, verdict: 'approve' | 'reject' = 'approve'): Promise<void> {
    const { status } = await this.city.seen(
      StockImport,
      { name },
      ({ status }) => status?.state === 'PendingApproval',
    );
    const decision = {
      digest: status?.digest ?? '',
      reviewer: this.account,
      verdict,
      ...(verdict === 'approve' ? {} : { comment: '不符' }),
    };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value: decision }];
    await this.client.jsonPatch(IMPORTS, { name }, patch, { subresource: 'status' });
  }
}

/** A line that asks for machines. */
export function machines(
  quantity: number,
  size: { vcpu?: number; memoryGiB?: number; diskGiB?: number } = {},
): RequestLine {
  return { name: 'vm', item: 'vm', quantity, parameters: { vcpu: 2, memoryGiB: 4, diskGiB: 20, ...size } };
}

/** A line that asks for databases. */
export function databases(quantity: number): RequestLine {
  return { name: 'db', item: 'postgresql', quantity, parameters: { vcpu: 2, memoryGiB: 4, diskGiB: 20 } };
}

/** The bureau's three steps, or a county's two. */
export const REVIEWERS = {
  'gov-441500-wjj': [
    ['initial', 'initial-reviewer'],
    ['technical', 'technical-reviewer'],
    ['approval', 'approver'],
  ],
  'gov-441523': [
    ['initial', 'xian-bureau'],
    ['approval', 'approver'],
  ],
} as const;

/** Has every step of a request approved by whom it is up to, from the one that is open on. */
export async function approve(city: SmallCity, request: StoredRequest): Promise<void> {
  const all = REVIEWERS[request.metadata.namespace as keyof typeof REVIEWERS];
  const { status } = await city.seen(ResourceRequest, request.metadata, inReview);
  const open = all.findIndex(([step]) => step === status?.review?.openStep);
  for (const [step, reviewer] of all.slice(open)) await (await city.person(reviewer)).decide(request, step);
}

/** Whether a request stands under review, as it is now. */
export function inReview({ metadata, status }: StoredRequest): boolean {
  return status?.phase === 'InReview' && status.observedGeneration === metadata.generation;
}

/** Waits until what a request granted is there, and gives it. */
export async function grantedBy(
  city: SmallCity,
  request: StoredRequest,
): Promise<readonly StoredAllocation[]> {
  const { status } = await city.seen(
    ResourceRequest,
    request.metadata,
    ({ status }) => status?.phase === 'Granted',
  );
  const namespace = request.metadata.namespace ?? '';
  return Promise.all((status?.allocations ?? []).map((name) => city.get(Allocation, { namespace, name })));
}

/** Waits until an allocation is delivered in its present revision, and has it accepted by its requester. */
export async function accept(city: SmallCity, allocation: StoredAllocation): Promise<StoredAllocation> {
  await city.seen(Allocation, allocation.metadata, deliveredAs(allocation));
  await (await city.person(personOf(allocation.spec.requester))).handOver(allocation, 'accept');
  return city.seen(Allocation, allocation.metadata, ({ status }) => status?.state === 'InUse');
}

function deliveredAs({ spec }: StoredAllocation) {
  return ({ status }: StoredAllocation): boolean =>
    status?.state === 'PendingAcceptance' && (status.deliveredRevision ?? 0) >= spec.contentRevision;
}

function personOf(account: string): string {
  return account.slice(account.lastIndexOf(':') + 1);
}

/** The whole way from a wish to something in use. */
export async function provide(
  city: SmallCity,
  requester: string,
  lines: readonly RequestLine[],
): Promise<StoredAllocation[]> {
  const person = await city.person(requester);
  const request = await person.submit({ action: 'Provision', lines: [...lines] });
  await approve(city, request);
  const granted = await grantedBy(city, request);
  return Promise.all(granted.map((it) => accept(city, it)));
}
