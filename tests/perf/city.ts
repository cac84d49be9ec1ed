import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Kind, type ObjectOf, resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  type Decision,
  Quota,
  type RequestLine,
  ResourceRequest,
  type StepName,
} from '../../api/v1alpha1/index.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeObject, ObjectName, ResourceRef, Stored } from '../../kube/types.ts';
import { waitFor } from '../../kube/wait.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import type { HubAccess } from '../../tools/city/hub-access.ts';
import { loadDirectly } from '../support/load.ts';
import { type RunningCity, upCity } from '../../tools/city/up.ts';
import type { Postgres } from '../../tools/localcity/postgres.ts';

export const SMALL_CITY = join(import.meta.dirname, '../support/small-city');
/** How long anything that is waited for may take. */
const LIMIT_MS = 300_000;
/** More than all the requests of a benchmark ask for. */
const PLENTY = { vcpu: '100000', memory: '400Ti', ssd: '1000Ti', hdd: '1000Ti' };
const ROOMY = { cpu: PLENTY.vcpu, memory: PLENTY.memory, pods: '100000' };

const NODES: ResourceRef = { group: '', version: 'v1', plural: 'nodes', namespaced: false };
const REQUESTS = resourceOf(ResourceRequest);

/** The two organisations of the small city that ask for something, and who decides on their requests. */
const ASKERS = {
  department: {
    requester: 'wjj-ops',
    place: { system: 'jiankang', project: 'wjj-2021', mlps: 3 },
    reviewers: [
      ['initial', 'initial-reviewer'],
      ['technical', 'technical-reviewer'],
      ['approval', 'approver'],
    ],
  },
  county: {
    requester: 'xian-ops',
    place: { system: 'menhu', project: 'xian-2021', mlps: 2 },
    reviewers: [
      ['initial', 'xian-bureau'],
      ['approval', 'approver'],
    ],
  },
} as const satisfies Record<string, Asker>;

interface Asker {
  readonly requester: string;
  readonly place: Pick<ResourceRequest['spec'], 'system' | 'project' | 'mlps'>;
  readonly reviewers: readonly (readonly [StepName, string])[];
}

type StoredOf<K extends Kind> = Stored<ObjectOf<K> & KubeObject>;
export type StoredRequest = StoredOf<typeof ResourceRequest>;
type StoredAllocation = StoredOf<typeof Allocation>;

/** The small city of the tests, as `govcloud up` starts a city: with fsync, and the operator's own lease and times. */
export class PerfCity {
  readonly member: Cluster;
  /** A context a person. */
  readonly kubeconfig: string;
  readonly hub: HubAccess;
  readonly postgres: Postgres;
  readonly operatorUrl: string;
  private readonly people = new Map<string, KubeClient>();

  private constructor(parts: RunningCity, member: Cluster) {
    this.hub = parts.hub;
    this.postgres = parts.postgres;
    this.operatorUrl = parts.operatorUrl;
    this.member = member;
    this.kubeconfig = parts.kubeconfig;
  }

  /**
   * @param dir a scratch folder, whose removal stops the city
   * @param cityDir the city's folder of YAML
   */
  static async start(dir: string, cityDir = SMALL_CITY): Promise<PerfCity> {
    const parts = await upCity({ dir, cityDir, load: loadDirectly });
    const [member] = parts.members;
    if (!member) throw new Error('the city has no member');
    const city = new PerfCity(parts, member);
    await city.enlarge();
    return city;
  }

  /** Gives every host, pool and quota more than is going to be asked for, and waits until the books have it. */
  private async enlarge(): Promise<void> {
    const { client } = this.member;
    for (const { metadata } of (await client.list(NODES)).items) {
      const status = { capacity: ROOMY, allocatable: ROOMY };
      await client.mergePatch(NODES, metadata, { status }, { subresource: 'status' });
    }
    const kinds = [
      [CapacityPool, { total: PLENTY }],
      [Quota, { limits: PLENTY }],
    ] as const;
    for (const [kind, spec] of kinds) {
      const resource = resourceOf(kind);
      for (const { metadata } of (await this.hub.client.list(resource)).items) {
        const { generation } = (await this.hub.client.mergePatch(resource, metadata, { spec })).metadata;
        await this.seen(kind, metadata, ({ status }) =>
          (status?.conditions ?? []).some(
            (it) => it.type === 'Posted' && it.observedGeneration === generation,
          ),
        );
      }
    }
  }

  /** A client on a person's own credentials. */
  async person(id: string): Promise<{ client: KubeClient; account: string; namespace: string }> {
    let client = this.people.get(id);
    if (!client) {
      client = new KubeClient(await loadAccess({ kubeconfig: this.kubeconfig, context: id }));
      this.people.set(id, client);
    }
    const { namespace } = client.access;
    return { client, account: `system:serviceaccount:govcloud-people:${id}`, namespace };
  }

  /** Submits a request. */
  async submit(asker: keyof typeof ASKERS, lines: readonly RequestLine[]): Promise<StoredRequest> {
    const { requester, place } = ASKERS[asker];
    const { client, account, namespace } = await this.person(requester);
    const object: ResourceRequest & KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'ResourceRequest',
      metadata: { name: `req-${randomBytes(4).toString('hex')}`, namespace },
      spec: {
        requester: account,
        applicant: { unit: '单位', person: '经办人', phone: '0660-0000000', reviewer: '审核人' },
        action: 'Provision',
        ...place,
        zone: 'extranet',
        arch: 'amd64',
        lines: [...lines],
        until: '2099-12-31',
        reason: '性能测试',
        submission: 1,
      },
    };
    return (await client.create(REQUESTS, object)) as StoredRequest;
  }

  /** Waits until the last step of a request's review is open, the steps before it being approved as they open. */
  async reviewToLastStep(asker: keyof typeof ASKERS, request: StoredRequest): Promise<() => Promise<void>> {
    const { reviewers } = ASKERS[asker];
    for (const [step, reviewer] of reviewers.slice(0, -1))
      await (await this.approval(request, step, reviewer))();
    const [step, reviewer] = reviewers[reviewers.length - 1] as (typeof reviewers)[number];
    return this.approval(request, step, reviewer);
  }

  /** Waits until a step is open, and gives what approves it. */
  private async approval(
    request: StoredRequest,
    step: StepName,
    reviewer: string,
  ): Promise<() => Promise<void>> {
    const { client, account } = await this.person(reviewer);
    const { status } = await this.seen(
      ResourceRequest,
      request.metadata,
      (it) => it.status?.review?.openStep === step && it.status.review.generation === it.metadata.generation,
    );
    const { ticket = '', generation = 0 } = status?.review ?? {};
    const value: Decision = { step, ticket, generation, reviewer: account, verdict: 'approve' };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value }];
    return async () =>
      void (await client.jsonPatch(REQUESTS, request.metadata, patch, { subresource: 'status' }));
  }

  /** Waits until all that a request granted is delivered. */
  async delivered({ metadata }: StoredRequest): Promise<readonly StoredAllocation[]> {
    const { status } = await this.seen(ResourceRequest, metadata, (it) => it.status?.phase === 'Granted');
    const { namespace = '' } = metadata;
    return Promise.all(
      (status?.allocations ?? []).map((name) =>
        this.seen(Allocation, { namespace, name }, (it) => it.status?.state === 'PendingAcceptance'),
      ),
    );
  }

  /** Waits until an object on the hub is as wanted. */
  async seen<K extends Kind>(
    kind: K,
    name: ObjectName,
    wanted: (object: StoredOf<K>) => boolean,
  ): Promise<StoredOf<K>> {
    const condition = (object: Stored<KubeObject> | undefined) =>
      object !== undefined && wanted(object as StoredOf<K>);
    return (await waitFor(this.hub.client, resourceOf(kind), name, condition, {
      timeoutMs: LIMIT_MS,
    })) as StoredOf<K>;
  }

  /** Closes the connections. */
  close(): void {
    for (const client of [this.hub.client, this.member.client, ...this.people.values()]) client.close();
  }
}
