import { resourceOf } from '../../api/kind.ts';
import { Allocation, type Decision, type Handover, ResourceRequest } from '../../api/v1alpha1/index.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { PerfCity } from './city.ts';
import type { Asker } from './large-city.ts';
import { Watched } from './watched.ts';

/** No step of a life may take longer. */
const LIMIT_MS = 600_000;
const REQUESTS = resourceOf(ResourceRequest);
const ALLOCATIONS = resourceOf(Allocation);

/** Those who ask and decide, with one watch for all of them. */
export class People {
  private readonly city: PerfCity;
  private readonly requests: Watched<typeof ResourceRequest>;
  private readonly allocations: Watched<typeof Allocation>;
  private serial = 0;

  constructor(city: PerfCity) {
    this.city = city;
    this.requests = new Watched(city.hub.client, ResourceRequest);
    this.allocations = new Watched(city.hub.client, Allocation);
  }

  async start(): Promise<void> {
    await Promise.all([this.requests.start(), this.allocations.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.requests.stop(), this.allocations.stop()]);
  }

  /** One request from its submission until what it granted is accepted. @returns how long that took in ms */
  async wholeLife(asker: Asker): Promise<{ readonly took: number }> {
    const started = performance.now();
    const name = await this.submit(asker);
    for (const [step, reviewer] of asker.reviewers) {
      const { status } = await this.reviewOpen(name, step);
      const { ticket = '', generation = 0 } = status?.review ?? {};
      const { client, account } = await this.city.person(reviewer);
      const value: Decision = { step, ticket, generation, reviewer: account, verdict: 'approve' };
      const patch = [{ op: 'add' as const, path: '/status/decisions/-', value }];
      await client.jsonPatch(REQUESTS, name, patch, { subresource: 'status' });
    }
    const granted = await this.requests.until(name, ({ status }) => status?.phase === 'Granted', LIMIT_MS);
    const { client, account } = await this.city.person(asker.requester);
    for (const allocation of granted.status?.allocations ?? []) {
      const it = { namespace: asker.namespace, name: allocation };
      const { spec } = await this.allocations.until(
        it,
        ({ status, spec }) =>
          status?.state === 'PendingAcceptance' && (status.deliveredRevision ?? 0) >= spec.contentRevision,
        LIMIT_MS,
      );
      const value: Handover = { action: 'accept', revision: spec.revision, by: account };
      const patch = [{ op: 'add' as const, path: '/status/handovers/-', value }];
      await client.jsonPatch(ALLOCATIONS, it, patch, { subresource: 'status' });
      await this.allocations.until(it, ({ status }) => status?.state === 'InUse', LIMIT_MS);
    }
    return { took: performance.now() - started };
  }

  /** Asks for a machine, in the name of an organisation's person. */
  async submit(asker: Asker): Promise<{ readonly namespace: string; readonly name: string }> {
    const { client, account } = await this.city.person(asker.requester);
    const name = { namespace: asker.namespace, name: `req-${(this.serial += 1)}` };
    const object: ResourceRequest & KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'ResourceRequest',
      metadata: name,
      spec: {
        requester: account,
        applicant: { unit: '单位', person: '经办人', phone: '0660-0000000', reviewer: '审核人' },
        action: 'Provision',
        ...asker.place,
        zone: 'extranet',
        arch: 'amd64',
        lines: [{ name: 'vm', item: 'vm', quantity: 1, parameters: { vcpu: 1, memoryGiB: 4, diskGiB: 20 } }],
        until: '2099-12-31',
        reason: '性能测试',
        submission: 1,
      },
    };
    await client.create(REQUESTS, object);
    return name;
  }

  /** Waits until a step of its review is open: it was quoted and held. */
  reviewOpen(name: { readonly namespace: string; readonly name: string }, step: string) {
    return this.requests.until(
      name,
      ({ status, metadata }) =>
        status?.review?.openStep === step && status.review.generation === metadata.generation,
      LIMIT_MS,
    );
  }
}
