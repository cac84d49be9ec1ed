import { resourceOf } from '../../api/kind.ts';
import { Delegation, Quota, type RequestLine, type StepName } from '../../api/v1alpha1/index.ts';
import { isOver } from '../../domain/allocation/over.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import type { SmallCity } from '../support/city.ts';
import { PEOPLE_PREFIX, REVIEWERS, type StoredAllocation, type StoredRequest } from '../support/people.ts';
import type { Random } from '../../domain/testing/random.ts';
import { STANDIN } from './furnish.ts';
import { pathOf, type StoredDelegation, type World } from './world.ts';

/** Something that somebody of the city does next; what it is, so that a run can be read and compared. */
export interface Move {
  readonly what: string;
  act(city: SmallCity): Promise<unknown>;
}

interface Choice {
  readonly weight: number;
  /** Drawn from what there is to do; undefined when there is nothing of the kind. */
  draw(random: Random, world: World, step: number): Move | undefined;
}

const REQUESTERS = { 'gov-441500-wjj': 'wjj-ops', 'gov-441523': 'xian-ops' } as const;
/** What a county's quota is set to by turns: as it was, below what is often used, and nothing. */
const LIMITS = ['20', '6', '20', '0', '30'];

const CHOICES: readonly Choice[] = [
  { weight: 20, draw: (random, _, step) => provision(random, step) },
  { weight: 40, draw: (random, { requests, delegations }) => review(random, requests, delegations) },
  { weight: 6, draw: (random, { requests }) => edit(random, requests) },
  { weight: 3, draw: (random, { requests }) => withdraw(random, requests) },
  { weight: 14, draw: (random, { allocations }) => handOver(random, allocations) },
  { weight: 14, draw: (random, { allocations }, step) => change(random, allocations, step) },
  { weight: 3, draw: limit },
  { weight: 3, draw: raise },
  { weight: 3, draw: (random, { allocations }) => guard(random, allocations) },
  { weight: 2, draw: (random, { allocations }) => erase(random, allocations) },
  { weight: 1, draw: (random, { delegations }) => comeBack(random, delegations) },
];

/** What is done next, drawn from what there is to do. */
export function drawMove(random: Random, world: World, step: number): Move {
  for (;;) {
    const move = random.weighted(CHOICES).draw(random, world, step);
    if (move) return move;
  }
}

function lines(random: Random): RequestLine[] {
  const vcpu = random.one([1, 2, 2, 4]);
  const size = { vcpu, memoryGiB: random.one([2, 4, 8]), diskGiB: random.one([20, 40]) };
  const machine = { name: 'vm', item: 'vm', quantity: 1 + random.below(3), parameters: size };
  const database = { name: 'db', item: 'postgresql', quantity: 1, parameters: size };
  return random.weighted<{ weight: number; lines: RequestLine[] }>([
    { weight: 8, lines: [machine] },
    { weight: 3, lines: [database] },
    { weight: 2, lines: [machine, database] },
    { weight: 2, lines: [{ name: 'cache', item: 'redis', quantity: 1, parameters: size }] },
    { weight: 2, lines: [{ name: 'ns', item: 'container-namespace', quantity: 1, parameters: size }] },
    {
      weight: 2,
      lines: [
        { name: 'host', item: 'physical-machine', quantity: 1, parameters: { vcpu: 16, memoryGiB: 64 } },
      ],
    },
    // More than anybody has.
    { weight: 1, lines: [{ ...machine, quantity: 100, parameters: { ...size, vcpu: 128 } }] },
  ]).lines;
}

function provision(random: Random, step: number): Move {
  const who = random.one(Object.values(REQUESTERS));
  const asked = lines(random);
  const arch = random.one([undefined, 'amd64', 'arm64'] as const);
  const name = `c-${step}`;
  return {
    what: `${who} asks for ${asked.map(told).join(', ')}${arch ? ` on ${arch}` : ''} as ${name}`,
    act: async (city) =>
      (await city.person(who)).submit({ action: 'Provision', lines: asked, ...(arch ? { arch } : {}) }, name),
  };
}

function told({ item, quantity, parameters }: RequestLine): string {
  return `${item}×${quantity} ${JSON.stringify(parameters)}`;
}

function review(
  random: Random,
  requests: readonly StoredRequest[],
  delegations: readonly StoredDelegation[],
): Move | undefined {
  const open = requests.filter(({ status }) => status?.phase === 'InReview');
  if (open.length === 0) return undefined;
  const request = random.one(open);
  const step = request.status?.review?.openStep as StepName;
  const reviewer = reviewerOf(request, step);
  const isAway = delegations.some(
    ({ metadata, spec }) => metadata.namespace === request.metadata.namespace && spec.step === step,
  );
  const who = isAway && random.below(4) === 0 ? STANDIN : reviewer;
  const standsIn = who === reviewer ? {} : { onBehalfOf: `${PEOPLE_PREFIX}${reviewer}` };
  const verdict = random.weighted([
    { weight: 24, verdict: 'approve' as const },
    { weight: 3, verdict: 'return' as const },
    { weight: 1, verdict: 'reject' as const },
  ]).verdict;
  const returnTo =
    verdict === 'return' && step !== 'initial' && random.below(2) === 0 ? 'initial' : undefined;
  return {
    what: `${who}: ${verdict} ${step} of ${pathOf(request)}${returnTo ? `, to ${returnTo}` : ''}`,
    act: async (city) =>
      (await city.person(who)).decide(request, step, verdict, {
        ...standsIn,
        ...(returnTo ? { returnTo } : {}),
      }),
  };
}

/** A reviewer is back: the delegation ends. Nobody goes away again, for a decision made before the operator heard of that is void. */
function comeBack(random: Random, delegations: readonly StoredDelegation[]): Move | undefined {
  if (delegations.length === 0) return undefined;
  const it = random.one(delegations);
  return {
    what: `the delegation ${pathOf(it)} ends`,
    act: async (city) =>
      (await city.person('security-admin')).client.delete(resourceOf(Delegation), it.metadata, {
        uid: it.metadata.uid,
      }),
  };
}

/** A legal hold is set, or lifted where there is one. */
function guard(random: Random, allocations: readonly StoredAllocation[]): Move | undefined {
  const standing = allocations.filter((it) => !isOver(it));
  if (standing.length === 0) return undefined;
  const it = random.one(standing);
  const isHeld = it.status?.conditions?.some(({ type }) => type === 'LegalHold');
  const action = isHeld ? 'unhold' : 'hold';
  return {
    what: `security-admin: ${action} ${pathOf(it)}`,
    act: async (city) => (await city.person('security-admin')).handOver(it, action, { comment: '案件' }),
  };
}

/** The erasure of what is retained is decided: too early, which admission refuses. */
function erase(random: Random, allocations: readonly StoredAllocation[]): Move | undefined {
  const retained = allocations.filter(({ status }) => status?.retainedUntil !== undefined);
  if (retained.length === 0) return undefined;
  const it = random.one(retained);
  return {
    what: `approver: erase ${pathOf(it)}`,
    act: async (city) => (await city.person('approver')).handOver(it, 'erase', { comment: '不再需要' }),
  };
}

function reviewerOf(request: StoredRequest, step: StepName): string {
  const all = REVIEWERS[request.metadata.namespace as keyof typeof REVIEWERS];
  return all.find(([name]) => name === step)?.[1] ?? '';
}

function edit(random: Random, requests: readonly StoredRequest[]): Move | undefined {
  const editable = requests.filter(
    ({ spec, status }) =>
      spec.action === 'Provision' && (status?.phase === 'InReview' || status?.phase === 'Returned'),
  );
  if (editable.length === 0) return undefined;
  const request = random.one(editable);
  const asked = lines(random);
  return {
    what: `${requesterOf(request)} edits ${pathOf(request)} to ${asked.map(told).join(', ')}`,
    act: async (city) => (await city.person(requesterOf(request))).edit(request, { lines: asked }),
  };
}

function withdraw(random: Random, requests: readonly StoredRequest[]): Move | undefined {
  const open = requests.filter(({ status }) => status?.phase === 'InReview' || status?.phase === 'Returned');
  if (open.length === 0) return undefined;
  const request = random.one(open);
  return {
    what: `${requesterOf(request)} withdraws ${pathOf(request)}`,
    act: async (city) => (await city.person(requesterOf(request))).withdraw(request),
  };
}

function handOver(random: Random, allocations: readonly StoredAllocation[]): Move | undefined {
  const waiting = allocations.filter(
    ({ spec, status }) =>
      status?.state === 'PendingAcceptance' ||
      // What was refused, and what no API gives, an engineer delivers.
      (status?.state === 'PendingProvisioning' && status.observedRevision === spec.revision) ||
      status?.conditions?.some(({ reason }) => reason === 'WorkOrderOpen'),
  );
  if (waiting.length === 0) return undefined;
  const allocation = random.one(waiting);
  const delivered = allocation.status?.state === 'PendingAcceptance';
  const action = !delivered ? 'deliver' : random.below(8) === 0 ? 'refuse' : 'accept';
  const who = action === 'deliver' ? 'cloud-engineer' : requesterOf(allocation);
  const more = { accept: {}, refuse: { comment: '不符' }, deliver: { evidence: '交接单' } }[action];
  return {
    what: `${who}: ${action} ${pathOf(allocation)}`,
    act: async (city) => (await city.person(who)).handOver(allocation, action, more),
  };
}

function change(random: Random, allocations: readonly StoredAllocation[], step: number): Move | undefined {
  const standing = allocations.filter(
    ({ spec, status }) => !spec.released && ['InUse', 'Suspended'].includes(status?.state ?? ''),
  );
  if (standing.length === 0) return undefined;
  const allocation = random.one(standing);
  if (random.below(5) === 0) return transfer(random, allocation, step);
  const { item, parameters } = allocation.spec;
  const who = requesterOf(allocation);
  const name = `c-${step}`;
  const action =
    allocation.status?.state === 'Suspended'
      ? random.one(['Resume', 'Resume', 'Renew', 'Release'] as const)
      : random.one(['Resize', 'Resize', 'Renew', 'Release', 'Release', 'Suspend'] as const);
  const quantity = item === 'vm' || item === 'postgresql' ? 1 + random.below(4) : 1;
  const size: RequestLine['parameters'] = item === 'physical-machine' ? {} : { vcpu: random.one([1, 2, 4]) };
  const line = { name: 'it', item, quantity, parameters: { ...parameters, ...size } };
  const wish =
    action === 'Resize'
      ? { action, lines: [line] }
      : action === 'Renew'
        ? { action, until: `2${100 + random.below(9)}-12-31` }
        : { action };
  return {
    what: `${who}: ${action} ${pathOf(allocation)}${action === 'Resize' ? ` to ${told(line)}` : ''} as ${name}`,
    act: async (city) => (await city.person(who)).submitChange(allocation, wish, name),
  };
}

/** One organisation asks for what the other has agreed to hand over, or has not. */
function transfer(random: Random, allocation: StoredAllocation, step: number): Move {
  const giver = requesterOf(allocation);
  const receiver = Object.values(REQUESTERS).find((it) => it !== giver) ?? '';
  const organization = Object.entries(REQUESTERS)
    .find(([, who]) => who === receiver)?.[0]
    .replace('gov-', '');
  const isAgreed = random.below(5) > 0;
  const name = `c-${step}`;
  return {
    what: `${receiver}: Transfer ${pathOf(allocation)}${isAgreed ? '' : ', unasked'} as ${name}`,
    act: async (city) => {
      if (isAgreed)
        await (await city.person(giver)).handOver(allocation, 'transfer', {
          organization: organization ?? '',
        });
      return (await city.person(receiver)).submitTransfer(allocation, name);
    },
  };
}

function limit(random: Random, _: World, step: number): Move {
  const vcpu = LIMITS[random.below(LIMITS.length)] ?? '';
  const lent = random.one(['0', '3', '3']);
  const isBack = random.below(2) === 0;
  return {
    what: `the city limits the county to ${vcpu} vCPU, and has ${lent} lent to it${isBack ? ' and returned' : ''}`,
    act: async (city) => {
      const name = { namespace: 'gov-441500', name: '441523' };
      const { spec } = await city.get(Quota, name);
      // Another basis each time, as a decision of the city has.
      const change = { limits: { ...spec.limits, vcpu }, basis: `测试-${step}` };
      await city.hub.client.mergePatch(resourceOf(Quota), name, { spec: change });
      const loan = {
        name: 'chaos',
        borrower: name.name,
        limits: { vcpu: lent },
        from: '2020-01-01',
        // A loan that was returned ended the day before.
        until: isBack ? dayAfter(cityDay(new Date().toISOString()), -1) : '2999-12-31',
        basis: change.basis,
      };
      const lender = { ...name, name: '441500-wjj' };
      await city.hub.client.mergePatch(resourceOf(Quota), lender, { spec: { loans: [loan] } });
    },
  };
}

function raise(random: Random, _: World, step: number): Move {
  const who = random.one(Object.values(REQUESTERS));
  const vcpu = String(1 + random.below(3));
  const until = random.one([undefined, '2999-12-31']);
  const name = `c-${step}`;
  return {
    what: `${who} asks for ${vcpu} vCPU more quota until ${until ?? 'ever'} as ${name}`,
    act: async (city) =>
      (await city.person(who)).submit(
        { action: 'RaiseQuota', quota: { limits: { vcpu } }, ...(until ? { until } : {}) },
        name,
      ),
  };
}

function requesterOf({ metadata }: StoredRequest | StoredAllocation): string {
  return REQUESTERS[metadata.namespace as keyof typeof REQUESTERS];
}
