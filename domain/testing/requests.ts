import type { Allocation, Decision, ResourceRequest } from '../../api/v1alpha1/index.ts';
import type { DecisionCopy, FlowStep } from '../approval/fold.ts';
import type { Calendar } from '../calendar.ts';
import type { QuotePicture } from '../request/quote.ts';
import {
  balances,
  byName,
  cluster,
  LARGE_FLOW,
  machineItem,
  ORGANIZATIONS,
  organizationScope,
  pool,
  poolScope,
  project,
  SMALL_FLOW,
  system,
} from './city.ts';

const TODAY = '2026-11-24';
export const NOW = '2026-11-24T02:00:00.000Z';
/** 2026 without a holiday; later years are not published. */
export const CALENDAR: Calendar = { years: [2026], holidays: new Set(), workdays: new Set() };
const PLENTY = { vcpu: '1000', memory: '4000Gi', ssd: '100Ti', hdd: '100Ti' };

export function request(
  spec: Partial<ResourceRequest['spec']> = {},
  metadata: Partial<ResourceRequest['metadata']> = {},
): ResourceRequest {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'ResourceRequest',
    metadata: { name: 'req-1', namespace: 'gov-luhe', uid: 'uid-request', generation: 1, ...metadata },
    spec: {
      requester: 'luhe-ops',
      applicant: { unit: '陆河县', person: '张三', phone: '1', reviewer: '李四' },
      action: 'Provision',
      system: 'portal',
      mlps: 2,
      project: 'digital',
      zone: 'extranet',
      lines: [{ name: 'web', item: 'vm', quantity: 2, parameters: { vcpu: 4, memoryGiB: 8, diskGiB: 100 } }],
      until: '2027-06-30',
      reason: '门户',
      submission: 1,
      ...spec,
    },
  };
}

/** What the request above gives when it is granted, or what a change names as its target. */
export function allocation(
  spec: Partial<Allocation['spec']> = {},
  status?: Allocation['status'],
  metadata: Partial<Allocation['metadata']> = {},
): Allocation {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Allocation',
    metadata: { name: 'req-1-web', namespace: 'gov-luhe', uid: 'uid-allocation', generation: 1, ...metadata },
    spec: {
      request: { name: 'req-1', uid: 'uid-request', serial: 'ZY-2026-000001', generation: 1 },
      requester: 'luhe-ops',
      organization: 'luhe',
      system: 'portal',
      project: 'digital',
      item: 'vm',
      itemVersion: 'v1',
      fulfilment: 'auto',
      quantity: 2,
      parameters: { vcpu: 4, memoryGiB: 8, diskGiB: 100 },
      zone: 'extranet',
      arch: 'amd64',
      pool: 'extranet-amd64',
      cluster: 'member-extranet',
      consumes: { vcpu: '8', memory: '16Gi', ssd: '200Gi' },
      monthlyFen: 28800,
      from: '2026-11-24',
      until: '2027-06-30',
      retainDays: 0,
      revision: 1,
      changes: [
        { revision: 1, action: 'Provision', request: 'uid-request', generation: 1, serial: 'ZY-2026-000001' },
      ],
      contentRevision: 1,
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** A request that changes the allocation above. */
export function change(
  action: Exclude<ResourceRequest['spec']['action'], 'Provision'>,
  spec: Partial<ResourceRequest['spec']> = {},
): ResourceRequest {
  const { until: _until, lines, ...rest } = request().spec;
  return request({
    ...rest,
    action,
    lines: action === 'Resize' ? lines : [],
    target: { allocation: 'req-1-web', uid: 'uid-allocation', revision: 1 },
    until: action === 'Renew' ? '2028-06-30' : undefined,
    ...spec,
  });
}

const AMD64 = pool('extranet-amd64');
const ARM64 = pool('extranet-arm64', { arch: 'arm64' });
const INTERNET = pool('internet-amd64', { zone: 'internet', cluster: 'member-internet' });

/** A picture in which the request above fits. */
export function quotePicture(more: Partial<QuotePicture> = {}): QuotePicture {
  return {
    request: request(),
    today: TODAY,
    organizations: ORGANIZATIONS,
    quotas: [],
    items: byName([machineItem()]),
    flows: [LARGE_FLOW, SMALL_FLOW],
    pools: [AMD64, ARM64, INTERNET],
    clusters: byName([cluster('member-extranet', 'extranet'), cluster('member-internet', 'internet')]),
    system: system(),
    project: project(),
    target: undefined,
    neighbours: [],
    rival: undefined,
    grants: [],
    others: [],
    platforms: [],
    balances: [
      ...balances(organizationScope('luhe'), PLENTY),
      ...balances(organizationScope('shanwei'), PLENTY),
      ...[AMD64, ARM64, INTERNET].flatMap((it) => balances(poolScope(it), PLENTY)),
    ],
    released: [],
    ...more,
  };
}

/** Balances as above, with some accounts replaced. */
export function balancesWith(...replaced: readonly QuotePicture['balances'][]): QuotePicture['balances'] {
  const path = ({ account }: QuotePicture['balances'][number]) => JSON.stringify(account);
  const all = new Map(quotePicture().balances.map((it) => [path(it), it]));
  for (const it of replaced.flat()) all.set(path(it), it);
  return [...all.values()];
}

export function steps(...counts: readonly [FlowStep['name'], number][]): readonly FlowStep[] {
  return counts.map(([name, approvals]) => ({ name, approvals, dueWorkingDays: 3 }));
}

/** A copy of a decision; its time is its position in minutes after ten in the city. */
export function copy(
  position: number,
  step: Decision['step'],
  reviewer: string,
  verdict: Decision['verdict'] = 'approve',
  more: Partial<DecisionCopy> = {},
): DecisionCopy {
  const decidedAt = new Date(Date.parse(NOW) + position * 60_000).toISOString();
  return { position, step, reviewer, verdict, ticket: 'ticket', generation: 1, decidedAt, ...more };
}
