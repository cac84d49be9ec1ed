import {
  type Decision,
  type Delegation,
  type Handover,
  Quota,
  type ResourceRequest,
  type StepName,
} from '../../api/v1alpha1/index.ts';
import { keyPath } from '../../books/picture.ts';
import { type LedgerStep, postHold, takeHold } from '../../books/steps.ts';
import { ALLOCATION_LABEL } from '../../domain/allocation/objects.ts';
import { isOver } from '../../domain/allocation/over.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { GovError } from '../../domain/errors.ts';
import { flow, SMALL_FLOW, system } from '../../domain/testing/city.ts';
import { change, request } from '../../domain/testing/requests.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Random } from '../../domain/testing/random.ts';
import { type Kept, keyOf } from './api.ts';
import {
  CLUSTERS,
  item,
  type ItemName,
  LARGE,
  LIMITS,
  limits,
  publishTerms,
  REQUESTERS,
  REVIEWERS,
  setItem,
  TERM_TEXTS,
} from './city.ts';
import { FORGED } from './rules.ts';
import type { StoredAllocation, StoredRequest, World } from './world.ts';

/** Something that happens; gives what it was, or undefined when it could not. */
export interface Move {
  readonly weight: number;
  readonly act: (world: World, random: Random) => string | undefined;
}

const FROZEN = ['Granting', 'Granted', 'Rejected', 'Withdrawn'];

/** What an edit of a request comes to, if admission lets it through. */
function edit(world: World, it: StoredRequest, spec: Partial<ResourceRequest['spec']>): boolean {
  if (FROZEN.includes(it.status?.phase ?? '') || it.spec.withdrawn) return false;
  world.hub.update('resourcerequests', { ...it, spec: { ...it.spec, ...spec } });
  return true;
}

function append(world: World, it: StoredRequest, decision: Decision): void {
  const decisions = [...(it.status?.decisions ?? []), decision];
  world.hub.replaceStatus('resourcerequests', { ...it, status: { ...it.status, decisions } });
}

/** What a reviewer decides on what they see, if admission lets it through. */
export function decide(
  world: World,
  it: StoredRequest,
  reviewer: string,
  verdict: Decision['verdict'],
  { returnTo, onBehalfOf }: { readonly returnTo?: StepName | undefined; readonly onBehalfOf?: string } = {},
): boolean {
  const { review, phase, decisions = [] } = it.status ?? {};
  if (phase !== 'InReview' || !review || review.generation !== it.metadata.generation) return false;
  const parts = onBehalfOf === undefined ? [reviewer] : [reviewer, onBehalfOf];
  if (parts.some((part) => part === it.spec.requester || part === it.spec.applicant.account)) return false;
  const hasPart = (one: Decision) => parts.includes(one.reviewer) || parts.includes(one.onBehalfOf ?? '');
  if (decisions.some((one) => one.ticket === review.ticket && hasPart(one))) return false;
  const { ticket, generation, openStep } = review;
  const steps = it.status?.quote?.steps.map(({ name }) => name) ?? [];
  const isEarlier =
    returnTo && steps.indexOf(returnTo) >= 0 && steps.indexOf(returnTo) < steps.indexOf(openStep as StepName);
  append(world, it, {
    step: openStep as StepName,
    ticket,
    generation,
    reviewer,
    verdict,
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    ...(verdict === 'approve' ? {} : { comment: 'because' }),
    ...(verdict === 'return' && isEarlier ? { returnTo: returnTo as Exclude<StepName, 'approval'> } : {}),
  });
  return true;
}

/** What somebody writes who gets past admission: any step, any ticket that ever was, any name. */
function forge(world: World, random: Random): string | undefined {
  const it = some(
    random,
    world.requests().filter(({ status }) => status?.review),
  );
  if (!it?.status?.review) return undefined;
  const { review, decisions = [] } = it.status;
  const tickets = [review.ticket, review.ticket, ...decisions.map(({ ticket }) => ticket), 'no ticket'];
  const reviewer = random.one([...REVIEWERS, it.spec.requester, it.spec.requester]);
  const step = random.one(['initial', 'technical', 'approval'] as const);
  const verdict = random.one(['approve', 'approve', 'approve', 'return', 'reject'] as const);
  const ticket = random.one(tickets);
  const onBehalfOf = random.below(3) === 0 ? { onBehalfOf: random.one(REVIEWERS) } : {};
  const { generation } = review;
  append(world, it, { step, ticket, generation, reviewer, verdict, comment: FORGED, ...onBehalfOf });
  return `forged: ${reviewer} ${verdict} ${step} of ${it.metadata.name}${onBehalfOf.onBehalfOf ? ` for ${onBehalfOf.onBehalfOf}` : ''}`;
}

/** Somebody is to stand in for a reviewer, or does so no more; whoever does decides, within the days and beyond. */
function standIn(world: World, random: Random): string | undefined {
  const all = world.hub.list<Delegation & Kept>('delegations');
  const one = some(random, all);
  if (one && random.below(6) === 0) {
    world.hub.drop('delegations', one);
    return `delegation ${one.metadata.name} ends`;
  }
  if (!one || random.below(3) === 0) {
    const [reviewer, standin] = [random.one(REVIEWERS), random.one(REVIEWERS)];
    if (reviewer === standin) return undefined;
    const from = dayAfter(dayOf(world), random.below(3) - 1);
    const spec: Delegation['spec'] = {
      madeBy: reviewer,
      reviewer,
      standin,
      step: random.one(['initial', 'technical', 'approval'] as const),
      from,
      until: dayAfter(from, random.below(9)),
      reason: 'away',
    };
    const namespace = random.one(['gov-luhe', 'gov-haifeng', 'govcloud-system']);
    const name = `away-${world.hub.writes}`;
    world.hub.create('delegations', {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Delegation',
      metadata: { name, namespace },
      spec,
    } as KubeObject);
    return `${standin} stands in for ${reviewer} on ${spec.step} in ${namespace}, ${from} to ${spec.until}`;
  }
  const { step, reviewer, standin } = one.spec;
  const it = some(
    random,
    world.requests().filter(({ status }) => status?.review?.openStep === step),
  );
  return it && decide(world, it, standin, 'approve', { onBehalfOf: reviewer })
    ? `${standin} approves ${it.metadata.name} for ${reviewer}`
    : undefined;
}

const HOLDS: ReadonlySet<string> = new Set(['hold', 'unhold']);

/** What somebody hands over, holds or decides of an allocation, if admission lets it through. */
export function handOver(
  world: World,
  it: StoredAllocation,
  action: Handover['action'],
  by: string,
): boolean {
  const { state, handovers = [] } = it.status ?? {};
  const { spec } = it;
  if (spec.transferred) return false;
  const isHeld = handovers.findLast((one) => HOLDS.has(one.action))?.action === 'hold';
  if (action === 'hold' || action === 'unhold') {
    if ((action === 'hold') === isHeld) return false;
  } else if (action === 'erase') {
    if (isHeld || !it.status?.conditions?.some(({ reason }) => reason === 'ErasureDue')) return false;
  } else if (action === 'deliver') {
    const last = handovers.findLast((one) => ['deliver', 'accept', 'refuse'].includes(one.action));
    if (spec.fulfilment !== 'manual' && last?.action !== 'refuse') return false;
  } else if (state !== 'PendingAcceptance' || by !== spec.requester) return false;
  const revision = action === 'accept' || action === 'refuse' ? spec.contentRevision : spec.revision;
  const words =
    action === 'deliver' ? { evidence: 'a photograph' } : action === 'accept' ? {} : { comment: 'because' };
  const next = [...handovers, { action, revision, by, ...words }];
  world.hub.replaceStatus('allocations', { ...it, status: { ...it.status, handovers: next } });
  return true;
}

function some<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : random.one(list);
}

const ITEMS: readonly ItemName[] = ['physical', 'vm', 'vm', 'kept'];

function lines(random: Random): ResourceRequest['spec']['lines'] {
  return Array.from({ length: random.below(6) === 0 ? 2 : 1 }, (_, index) => ({
    name: `l${index}`,
    item: ITEMS[random.below(ITEMS.length)] ?? 'vm',
    quantity: 1 + random.below(3),
    parameters: { vcpu: random.one([1, 2, 4]), memoryGiB: random.one([1, 2]), diskGiB: random.one([20, 40]) },
  }));
}

function ask(world: World, random: Random): string {
  const requester = random.one(Object.keys(REQUESTERS));
  const asked = request(
    {
      requester,
      applicant: {
        unit: 'x',
        person: 'x',
        phone: '1',
        reviewer: 'x',
        ...(random.below(3) === 0 ? { account: 'ann' } : {}),
      },
      zone: random.below(3) === 0 ? 'internet' : 'extranet',
      ...(random.below(3) === 0 ? { arch: 'arm64' as const } : {}),
      lines: lines(random),
      submission: random.below(4) === 0 ? 0 : 1,
      ...(random.below(4) === 0 ? { until: dayAfter(dayOf(world), 1 + random.below(60)) } : {}),
    },
    {},
  );
  return submit(world, requester, asked);
}

function dayOf({ now }: World): string {
  return cityDay(new Date(now).toISOString());
}

function submit(world: World, requester: string, { metadata: _old, ...asked }: ResourceRequest): string {
  const name = `req-${world.requests().length + 1}`;
  const namespace = `gov-${REQUESTERS[requester]}`;
  world.hub.create('resourcerequests', { ...asked, metadata: { name, namespace } } as KubeObject);
  return `${requester} asks ${asked.spec.action} ${name}: ${JSON.stringify(asked.spec.lines)}`;
}

function askChange(world: World, random: Random): string | undefined {
  const it = some(random, world.allocations());
  if (!it) return undefined;
  const action = random.one([
    'Resize',
    'Resize',
    'Renew',
    'Release',
    'Release',
    'Suspend',
    'Suspend',
    'Resume',
  ] as const);
  const revision = random.below(8) === 0 ? 1 : it.spec.revision;
  const { parameters, item: of, requester, zone } = it.spec;
  const [line] = lines(random);
  const resized = {
    name: 'l0',
    item: of,
    quantity: line?.quantity ?? 1,
    parameters: { ...line?.parameters, diskGiB: parameters['diskGiB'] ?? 20 },
  };
  const asked = change(action, {
    requester,
    zone,
    lines: action === 'Resize' ? [resized] : [],
    target: { allocation: it.metadata.name, uid: it.metadata.uid, revision },
    ...(action === 'Renew' ? { until: random.one(['2027-09-30', '2027-12-31']) } : {}),
  });
  return submit(world, requester, JSON.parse(JSON.stringify(asked)) as ResourceRequest);
}

/** Its holder agrees that it goes to another organisation, or no longer does; admission has them name the revision that stands. */
function agree(world: World, it: StoredAllocation, action: 'transfer' | 'keep', to: string): boolean {
  if (it.spec.transferred || to === it.spec.organization) return false;
  const handovers = [
    ...(it.status?.handovers ?? []),
    {
      action,
      revision: it.spec.revision,
      by: `${it.spec.organization}-ops`,
      ...(action === 'transfer' ? { organization: to } : {}),
    },
  ];
  world.hub.replaceStatus('allocations', { ...it, status: { ...it.status, handovers } });
  return true;
}

function isTransferable({ spec, status }: StoredAllocation): boolean {
  return !spec.transferred && ['InUse', 'Suspended', 'Expired'].includes(status?.state ?? '');
}

/** An organisation asks for what another has, which mostly agrees, and sometimes takes that back. */
function askTransfer(world: World, random: Random): string | undefined {
  const all = world.allocations().filter(({ spec }) => !spec.transferred && !spec.released);
  const it = some(random, all.filter(isTransferable)) ?? some(random, all);
  if (!it) return undefined;
  const others = Object.keys(REQUESTERS).filter((who) => REQUESTERS[who] !== it.spec.organization);
  const requester = random.one(random.below(8) === 0 ? Object.keys(REQUESTERS) : others);
  const receiver = REQUESTERS[requester] ?? '';
  const said = random.below(8);
  if (said > 0) agree(world, it, 'transfer', said === 1 ? 'shanwei' : receiver);
  const asked = change('Transfer', {
    requester,
    zone: it.spec.zone,
    target: {
      allocation: it.metadata.name,
      uid: it.metadata.uid,
      revision: it.spec.revision,
      organization: it.spec.organization,
    },
  });
  const told = submit(world, requester, JSON.parse(JSON.stringify(asked)) as ResourceRequest);
  const now = world.allocations().find(({ metadata }) => metadata.uid === it.metadata.uid);
  const isTakenBack = said === 2 && now !== undefined && agree(world, now, 'keep', receiver);
  return `${told} of ${it.spec.organization}/${it.metadata.name}${isTakenBack ? ', no more agreed to' : ''}`;
}

function editSome(world: World, random: Random): string | undefined {
  const it = some(random, world.requests());
  if (!it) return undefined;
  const submission = it.spec.submission + 1;
  const more =
    it.spec.action === 'Provision'
      ? { lines: lines(random), ...(random.below(4) === 0 ? { reason: 'again' } : {}) }
      : {};
  return edit(world, it, { ...more, submission }) ? `edit ${it.metadata.name}` : undefined;
}

/** Has a quota lend to another one, in force on some days around now; a second loan under its name takes the place of the first. */
function setLoan(world: World, random: Random): string | undefined {
  const quotas = world.hub.list<Quota & Kept>(Quota.plural);
  const [it, borrower] = [some(random, quotas), some(random, quotas)];
  if (!it || !borrower) return undefined;
  const today = cityDay(new Date(world.now).toISOString());
  const from = dayAfter(today, random.below(4) - 2);
  const loan: NonNullable<Quota['spec']['loans']>[number] = {
    name: random.one(['ice', 'fire']),
    borrower: borrower.metadata.name,
    limits: limits(random.one(LIMITS)),
    from,
    until: dayAfter(from, random.below(50)),
    basis: 'loan',
  };
  const others = (it.spec.loans ?? []).filter(({ name }) => name !== loan.name);
  world.hub.update(Quota.plural, { ...it, spec: { ...it.spec, loans: [...others, loan] } });
  return `quota ${it.metadata.name} lends ${loan.borrower} ${loan.limits.vcpu} from ${loan.from} until ${loan.until}`;
}

function setLimit(world: World, random: Random): string | undefined {
  const plural = random.one(['quotas', 'quotas', 'capacitypools']);
  const it = some(random, world.hub.list<KubeObject<Record<string, unknown>>>(plural));
  if (!it) return undefined;
  const cores = random.one(LIMITS);
  const field = plural === 'quotas' ? 'limits' : 'total';
  world.hub.update(plural, { ...it, spec: { ...it.spec, [field]: limits(cores) } });
  return `${plural} ${it.metadata.name} is ${cores}`;
}

/** Something is added to a quota for some days, of which some may have gone by; sometimes another lends as well, or more is asked for. */
function setGrant(world: World, random: Random): string | undefined {
  const it = some(random, world.hub.list<Quota & Kept>(Quota.plural));
  if (!it) return undefined;
  const day = (offset: number) => cityDay(new Date(world.now + offset * 86_400_000).toISOString());
  const first = random.below(5) - 2;
  const grant: NonNullable<Quota['spec']['grants']>[number] = {
    name: `grant-${random.below(3)}`,
    limits: limits(random.one(LIMITS)),
    from: day(first),
    basis: 'for some days',
    ...(random.below(4) === 0 ? {} : { until: day(first + random.below(3)) }),
  };
  const others = (it.spec.grants ?? []).filter(({ name }) => name !== grant.name);
  world.hub.update(Quota.plural, { ...it, spec: { ...it.spec, grants: [...others, grant] } });
  const said = `quota ${it.metadata.name} has more from ${grant.from} until ${grant.until ?? 'ever'}`;
  const more = random.one([undefined, setLoan, askRaise])?.(world, random);
  return [said, ...(more === undefined ? [] : [more])].join('; ');
}

/** Somebody asks for more quota, for a time or for good. */
function askRaise(world: World, random: Random): string {
  const requester = random.one(Object.keys(REQUESTERS));
  const from = dayAfter(cityDay(new Date(world.now).toISOString()), random.below(3));
  const asked = request({
    requester,
    action: 'RaiseQuota',
    lines: [],
    quota: { limits: limits(random.one(LIMITS)), ...(random.below(2) === 0 ? { from } : {}) },
    until: random.below(2) === 0 ? dayAfter(from, random.below(9)) : undefined,
  });
  return submit(world, requester, asked);
}

function setFlow(world: World, random: Random): string {
  const count = 1 + random.below(2);
  const changed = random.one([
    SMALL_FLOW,
    flow(
      'small',
      10,
      [
        ['initial', count],
        ['technical', 1],
        ['approval', 1],
      ],
      SMALL_FLOW.spec.upTo,
    ),
    flow('small', 10, [['approval', count]], SMALL_FLOW.spec.upTo),
    LARGE,
    flow('large', 20, [
      ['initial', count],
      ['approval', count],
    ]),
  ]);
  const old = world.hub.get<Kept>('approvalflows', changed.metadata.name);
  if (old) world.hub.update('approvalflows', { ...old, spec: changed.spec });
  else world.hub.create('approvalflows', changed);
  return `flow ${changed.metadata.name} is ${JSON.stringify(changed.spec.steps.map((it) => `${it.name} ${it.approvals}`))}`;
}

function setMlps(world: World, random: Random): string | undefined {
  const it = some(random, world.hub.list<Kept>('informationsystems'));
  if (!it) return undefined;
  const level = random.one([2, 2, 3]);
  world.hub.update('informationsystems', { ...it, spec: system(level).spec });
  return `system ${keyOf(it.metadata)} is at level ${level}`;
}

/** What a member says of a machine: one that is halted has stopped. */
export function statusOf(machine: KubeObject, isReady: boolean): object {
  const { spec } = machine as KubeObject & { spec?: { runStrategy?: string } };
  const stopped = spec?.runStrategy === 'Halted';
  return { ready: isReady && !stopped, stopped };
}

/** What the controllers of a member do, and those who meddle with it. */
function inMember(world: World, random: Random): string {
  const name = random.one(CLUSTERS);
  const member = world.members.get(name);
  if (!member) throw new Error(`no member ${name}`);
  const { api } = member;
  const ours = api
    .all()
    .filter(
      ({ object: { kind, metadata } }) => kind === 'VirtualMachine' && metadata.labels?.[ALLOCATION_LABEL],
    );
  const what = random.weighted([
    { weight: 8, name: 'ready' },
    { weight: 6, name: 'swept' },
    { weight: 2, name: 'not ready' },
    { weight: 2, name: 'an object lost' },
    { weight: 1, name: 'an object edited' },
    { weight: 1, name: 'an object made anew' },
  ]).name;
  const one = some(random, ours);
  if (what === 'ready' || what === 'not ready')
    for (const { plural, object } of ours)
      api.keep(plural, { ...object, status: statusOf(object, what === 'ready') }, object);
  else if (what === 'swept') api.sweep();
  else if (one) {
    if (what === 'an object edited') api.keep(one.plural, { ...one.object, spec: { cores: 99 } }, one.object);
    else api.drop(one.plural, one.object);
    // Somebody's own, under the same name: nothing of ours is known of it.
    const { name: own, namespace } = one.object.metadata;
    const { apiVersion, kind } = one.object;
    const metadata = { name: own, ...(namespace === undefined ? {} : { namespace }) };
    if (what === 'an object made anew')
      api.create(one.plural, { apiVersion, kind, metadata, spec: { cores: 1 } } as KubeObject);
  }
  world.memberChanged(name);
  return `${name}: ${what}`;
}

function answers(world: World, random: Random): string {
  const name = random.one(CLUSTERS);
  const member = world.members.get(name);
  if (member) member.isDown = !member.isDown && random.below(3) > 0;
  world.memberChanged(name);
  return `${name} is ${member?.isDown ? 'down' : 'up'}`;
}

/** What an operator would do on a hub that was set back: it asks for what was done once, with other content. */
function askAgain(world: World, random: Random): string | undefined {
  const { books } = world;
  const done = some(
    random,
    books.transactions.filter(({ step }) => step === 'hold' || step === 'post'),
  );
  const hold = done && books.holds.get(done.holdId ?? 0n);
  if (!hold) return undefined;
  const ticket = 'another ticket';
  const again: LedgerStep<unknown> =
    done.step === 'post' ? postHold(hold, ticket) : takeHold({ ...hold, ticket, legs: [], ttlSeconds: 1 });
  const what = `${done.step} of ${keyPath(hold)}`;
  try {
    books.commit(books.epoch, again);
  } catch (error) {
    if (error instanceof GovError && error.code === 'E_BOOKS_AHEAD') return `asked again for ${what}`;
    throw error;
  }
  world.rules.demand(false, `${what} came again with other content and was taken for the same`);
  return undefined;
}

const HANDS = [
  'accept',
  'accept',
  'accept',
  'accept',
  'refuse',
  'deliver',
  'deliver',
  'hold',
  'unhold',
  'erase',
] as const;

/** What people, members, the city and time do. */
export const MOVES: readonly Move[] = [
  { weight: 14, act: ask },
  { weight: 9, act: askChange },
  { weight: 14, act: askTransfer },
  {
    weight: 34,
    act: (world, random) => {
      const it = some(
        random,
        world.requests().filter(({ status }) => status?.phase === 'InReview'),
      );
      const by = random.one(REVIEWERS);
      return it && decide(world, it, by, 'approve') ? `${by} approves ${it.metadata.name}` : undefined;
    },
  },
  {
    weight: 5,
    act: (world, random) => {
      const it = some(
        random,
        world.requests().filter(({ status }) => status?.phase === 'InReview'),
      );
      const [by, verdict] = [random.one(REVIEWERS), random.one(['return', 'return', 'reject'] as const)];
      const to = random.one(['initial', 'technical', undefined] as const);
      return it && decide(world, it, by, verdict, { returnTo: to })
        ? `${by} ${verdict} ${to} ${it.metadata.name}`
        : undefined;
    },
  },
  { weight: 4, act: forge },
  { weight: 6, act: standIn },
  { weight: 7, act: editSome },
  {
    weight: 2,
    act: (world, random) => {
      const it = some(random, world.requests());
      return it && edit(world, it, { withdrawn: true }) ? `withdraw ${it.metadata.name}` : undefined;
    },
  },
  {
    weight: 12,
    act: (world, random) => {
      const it = some(random, world.allocations());
      if (!it) return undefined;
      const action = random.one(HANDS);
      const by = action === 'accept' || action === 'refuse' ? it.spec.requester : 'engineer';
      return handOver(world, it, action, by) ? `${action} ${it.metadata.name}` : undefined;
    },
  },
  { weight: 16, act: inMember },
  { weight: 5, act: answers },
  { weight: 5, act: setLimit },
  { weight: 5, act: setGrant },
  {
    weight: 4,
    act: (world, random) => {
      const [name, fen] = [random.one(['vm', 'physical', 'kept'] as const), 1000 + random.below(3)];
      setItem(world.hub, item(name, fen));
      return `${name} costs ${fen}`;
    },
  },
  { weight: 2, act: askAgain },
  { weight: 2, act: setFlow },
  { weight: 1, act: setMlps },
  {
    weight: 1,
    act: (world, random) => {
      const text = random.one(TERM_TEXTS);
      publishTerms(world.hub, text);
      world.resync();
      return `the policy of terms is ${text}`;
    },
  },
  {
    weight: 6,
    act: (world, random) => {
      const hours = random.one([1, 20, 60, 100, 24 * 10, 24 * 40]);
      world.pass(hours);
      return `${hours} hours pass`;
    },
  },
];

/** What those want who want everything to come to its end: one thing for whatever waits. Gives whether there was any. */
export function push(world: World): boolean {
  let hasMoved = false;
  for (const it of world.requests()) {
    if (it.status?.phase === 'Draft' || it.status?.phase === 'Returned')
      hasMoved =
        edit(
          world,
          it,
          it.spec.submission > 3 ? { withdrawn: true } : { submission: it.spec.submission + 1 },
        ) || hasMoved;
    else if (it.status?.phase === 'InReview')
      hasMoved = OTHERS.some((who) => decide(world, it, who, 'approve')) || hasMoved;
  }
  for (const it of world.allocations()) {
    if (isOver(it)) continue;
    const isAwaited =
      it.spec.released ||
      world
        .requests()
        .some(
          ({ spec, status }) =>
            spec.action === 'Transfer' &&
            spec.target?.uid === it.metadata.uid &&
            status?.phase === 'Granting',
        );
    if (isAwaited && (handOver(world, it, 'unhold', 'auditor') || handOver(world, it, 'erase', 'bureau'))) {
      hasMoved = true;
      continue;
    }
    const isDone = ['InUse', 'Expired', 'Suspended'].includes(it.status?.state ?? '');
    const isOrdered = it.status?.conditions?.some(({ reason }) => reason === 'WorkOrderOpen');
    if (isDone && !isOrdered && !it.spec.released) continue;
    // What is released is waited for by the engineer who takes it back alone.
    if (!it.spec.released && handOver(world, it, 'accept', it.spec.requester)) hasMoved = true;
    else if (handOver(world, it, 'deliver', 'engineer')) hasMoved = true;
  }
  return hasMoved;
}

/** Reviewers who have not decided on anything yet. */
const OTHERS = Array.from({ length: 12 }, (_, index) => `other-${index}`);
