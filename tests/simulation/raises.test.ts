import { beforeEach, expect, it } from 'vitest';
import { Quota, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { quota } from '../../domain/testing/city.ts';
import { request } from '../../domain/testing/requests.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Kept } from './api.ts';
import { limits } from './city.ts';
import { decide } from './moves.ts';
import { Crash, Operator } from './operator.ts';
import { type StoredRequest, World } from './world.ts';

type StoredQuota = Quota & Kept;

const TASK = `${ResourceRequest.plural} gov-hetian/raise`;

let world: World;

/** A new leader brings the request as far as it goes. @param turn see `Operator` */
async function look(turn: (call: string) => Promise<void> = async () => undefined): Promise<void> {
  await new Operator(world, turn, 0).reconcile(TASK);
}

const asked = () => world.hub.get<StoredRequest>(ResourceRequest.plural, 'gov-hetian/raise') as StoredRequest;
const raised = () => world.hub.get<StoredQuota>(Quota.plural, 'gov-luhe/hetian') as StoredQuota;
const grantsOf = (key: string) =>
  world.hub.get<StoredQuota>(Quota.plural, key)?.spec.grants?.map(({ name }) => name) ?? [];

/** A quota of the same account, given by another organisation, as no admission hinders here. */
function give(name: string): void {
  world.hub.create(Quota.plural, {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name, namespace: 'gov-haifeng' },
    spec: quota('haifeng', { child: { organization: 'hetian' }, limits: limits(20) }).spec,
  } as KubeObject);
}

/** Of the quota that is raised: marked as going, as long as its own controller has not let it go. */
function startDeleting(): void {
  world.hub.keep(
    Quota.plural,
    { ...raised(), metadata: { ...raised().metadata, deletionTimestamp: new Date(world.now).toISOString() } },
    raised(),
  );
}

/** Happens once, after the books have posted. */
function oncePosted(act: () => void): (call: string) => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone || !world.books.transactions.some(({ step }) => step === 'post')) return;
    isDone = true;
    act();
  };
}

beforeEach(async () => {
  world = new World();
  const { spec } = request({ requester: 'hetian-ops', action: 'RaiseQuota', lines: [] });
  const { until: _, ...rest } = spec;
  world.hub.create(ResourceRequest.plural, {
    ...request(),
    metadata: { name: 'raise', namespace: 'gov-hetian' },
    spec: { ...rest, quota: { limits: { vcpu: '4' } } },
  } as KubeObject);
  await look();
  for (const reviewer of ['ann', 'bob']) {
    expect(decide(world, asked(), reviewer, 'approve')).toBe(true);
    if (reviewer === 'ann') await look();
  }
});

it('is given once though its operator is killed right after, and another quota sets the limit since', async () => {
  let updates = 0;
  const killed = look(async (call) => {
    if (call === 'after update') updates += 1;
    if (updates > 0) throw new Crash();
  });
  await expect(killed).rejects.toThrow(Crash);
  expect(grantsOf('gov-luhe/hetian')).toEqual(['zy-2026-000001']);
  expect(asked().status?.phase).toBe('Granting');
  world.hub.keep(
    Quota.plural,
    { ...raised(), metadata: { ...raised().metadata, creationTimestamp: '2099-01-01T00:00:00Z' } },
    raised(),
  );
  give('first');
  await look();
  expect(asked().status?.phase).toBe('Granted');
  expect(grantsOf('gov-haifeng/first')).toEqual([]);
});

it('is not given to a quota that goes, waits for another one, and tells so', async () => {
  await expect(look(oncePosted(startDeleting))).rejects.toThrow('not there any more');
  await look();
  expect(asked().status).toMatchObject({ phase: 'Granting', reasons: [{ code: 'E_RAISE_UNKNOWN' }] });
  expect(grantsOf('gov-luhe/hetian')).toEqual([]);
  give('next');
  await look();
  expect(asked().status).toMatchObject({ phase: 'Granted', state: 'Approved' });
  expect(grantsOf('gov-haifeng/next')).toEqual(['zy-2026-000001']);
});
