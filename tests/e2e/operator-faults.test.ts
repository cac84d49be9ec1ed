import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  MemberCluster,
  Quota,
  ResourceRequest,
  StockImport,
} from '../../api/v1alpha1/index.ts';
import { migrations } from '../../books/migrations/index.ts';
import { READ_ONLY_ANNOTATION } from '../../domain/doctor/judge.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { LEASES } from '../../operator/runtime/leader.ts';
import { loadPolicy, REVIEW_POLICY } from '../../policies/admission.ts';
import { writeStaticPolicies } from '../../tools/city/hub.ts';
import { memberSecret } from '../../tools/city/member.ts';
import { startPostgres } from '../../tools/localcity/postgres.ts';
import { listProcesses } from '../../tools/localcity/process.ts';
import { fillBooks } from '../support/books-full.ts';
import { conditionOf, MACHINES, SmallCity } from '../support/city.ts';
import { Barrier, Gate, type Lie, type PassingWrite } from '../support/gate.ts';
import {
  accept,
  approve,
  grantedBy,
  inReview,
  machines,
  provide,
  type StoredAllocation,
  type StoredRequest,
} from '../support/people.ts';
import { govcloud } from './cli-run.ts';

const ACCOUNTS: ResourceRef = { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true };
const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
const POOL = 'extranet-amd64';
const SYSTEM = 'govcloud-system';
const HUB = 'hub';

/** A row of opening stock of which nothing runs. */
const OLD_MACHINE = {
  row: 1,
  organization: '441523',
  system: 'menhu',
  item: 'vm',
  parameters: { vcpu: 1, memoryGiB: 2, diskGiB: 20 },
  quantity: 1,
  zone: 'extranet',
  arch: 'amd64',
  openedOn: '2020-01-02',
  basis: '测试7号',
} as const;

let city: SmallCity;

beforeAll(async () => {
  // A member has less time than elsewhere, as some of them never answer.
  city = await SmallCity.start({ GOVCLOUD_MEMBER_TIMEOUT_SECONDS: '2' });
  // Each test leaves something granted.
  const county = { namespace: 'gov-441500', name: '441523' };
  await city.hub.client.mergePatch(resourceOf(Quota), county, { spec: { limits: { vcpu: '40' } } });
});

afterAll(() => city?.stop());

// Whatever broke: when it is over the books are whole and agree with the hub.
afterEach(() => city.verifyBooks());

const state = (wanted: string) => (object: { status?: { state?: string } | undefined }) =>
  object.status?.state === wanted;
const request = (of: StoredRequest, wanted: (it: StoredRequest) => boolean) =>
  city.seen(ResourceRequest, of.metadata, wanted);
const allocation = (of: StoredAllocation, wanted: (it: StoredAllocation) => boolean) =>
  city.seen(Allocation, of.metadata, wanted);

/** Everything that was granted by a request, found by the request's uid and not by what the request says. */
async function allocationsOf(of: StoredRequest): Promise<readonly StoredAllocation[]> {
  const { items } = await city.hub.client.list<StoredAllocation>(resourceOf(Allocation));
  return items.filter(({ spec }) => spec.changes.some(({ request }) => request === of.metadata.uid));
}

/** Declares another member, which is the same cluster under another address, with a pool like one that there is. */
async function joinMember(
  member: string,
  server: string,
  like: string,
  pool: string,
  size: Partial<CapacityPool['spec']> = {},
): Promise<void> {
  const client = city.hub.client;
  const secret = await client.get<KubeObject & { data: { kubeconfig: string } }>(SECRETS, {
    namespace: SYSTEM,
    name: 'member-extranet',
  });
  const text = Buffer.from(secret.data.kubeconfig, 'base64').toString().replace(city.member.server, server);
  const metadata = { name: `member-${member}`, namespace: SYSTEM };
  const data = { kubeconfig: Buffer.from(text).toString('base64') };
  await client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata, data } as KubeObject);
  const copy = async (
    kind: typeof MemberCluster | typeof CapacityPool,
    from: string,
    name: string,
    to: object,
  ) => {
    const { apiVersion, kind: kindName, spec } = await city.get(kind, { name: from });
    const object = { apiVersion, kind: kindName, metadata: { name }, spec: { ...spec, ...to } };
    await client.create(resourceOf(kind), object as KubeObject);
  };
  await copy(MemberCluster, 'extranet', member, { credentialsSecret: metadata.name });
  await copy(CapacityPool, like, pool, { cluster: member, ...size });
  await city.seen(CapacityPool, { name: pool }, (it) => conditionOf(it, 'Posted')?.status === 'True');
}

describe('an operator that is killed', () => {
  const barrier = new Barrier();
  let gate: Gate;
  let env: Record<string, string>;

  beforeAll(async () => {
    gate = await Gate.before(city.hub, barrier);
    const kubeconfig = join(city.home.dir, 'operator', 'gate.kubeconfig');
    const text = readFileSync(join(city.home.dir, 'operator', 'kubeconfig'), 'utf8');
    writeFileSync(kubeconfig, text.replace(city.hub.url, gate.url), { mode: 0o600 });
    env = { GOVCLOUD_KUBECONFIG: kubeconfig };
    await city.kill();
    await city.startOperator('operator', env);
  });

  afterAll(async () => {
    await city.kill();
    await city.startOperator();
    await gate.close();
  });

  it('between posting and granting grants once, before another change of the same is taken up', async () => {
    const ops = await city.person('xian-ops');
    const [inUse] = (await provide(city, 'xian-ops', [machines(1)])) as [StoredAllocation];
    const first = await ops.submitChange(inUse, { action: 'Resize', lines: [machines(2)] }, 'z-first');
    const posted = barrier.stopAt(({ method, path }) =>
      method === 'PUT' && path.endsWith(`/allocations/${inUse.metadata.name}`) ? 'before' : undefined,
    );
    await approve(city, first);
    await posted;
    expect(await city.ledgerOf(first)).toEqual(['ledger.hold', 'ledger.post']);
    await city.kill();
    // By its name it comes first when the operator is back.
    const second = await ops.submitChange(inUse, { action: 'Renew', until: '2100-01-01' }, 'a-second');
    barrier.open();
    await city.startOperator('operator', env);
    const grown = await allocation(inUse, ({ spec }) => spec.quantity === 2);
    await accept(city, grown);
    await request(first, state('InUse'));
    const settled = await request(
      second,
      ({ status }) => status?.phase === 'Returned' || status?.phase === 'InReview',
    );
    if (settled.status?.phase === 'InReview') {
      await approve(city, second);
      await request(second, state('Returned'));
    }
    expect((await city.get(ResourceRequest, second.metadata)).status?.reasons).toMatchObject([
      { code: expect.stringMatching(/^E_TARGET_(BUSY|CHANGED)$/) },
    ]);
    expect(await city.ledgerOf(first)).toEqual(['ledger.hold', 'ledger.post']);
  });

  it('in the middle of a transaction of the books leaves nothing of it, and does it once when it is back', async () => {
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    await request(asked, ({ status }) => status?.review?.openStep === 'approval');
    const owner = city.connect(city.postgres.user);
    try {
      await owner.transaction().execute(async (trx) => {
        await sql`SELECT FROM books.holds WHERE request_uid = ${asked.metadata.uid} FOR UPDATE`.execute(trx);
        await (await city.person('approver')).decide(asked, 'approval');
        await request(asked, ({ status }) => status?.phase === 'Granting');
        await city.until('the posting waits for the hold', async () => {
          const { rows } = await sql<{ waits: boolean }>`SELECT EXISTS (
            SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND granted AND wait_event_type = 'Lock'
              AND (pg_locks.classid::bigint << 32 | pg_locks.objid::bigint) = hashtextextended(${asked.metadata.uid}, 0)
          ) AS waits`.execute(owner);
          return rows[0]?.waits ?? false;
        });
        await city.kill();
      });
    } finally {
      await owner.destroy();
    }
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold']);
    expect((await city.get(ResourceRequest, asked.metadata)).status?.phase).toBe('Granting');
    await city.startOperator('operator', env);
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
  });

  it('and cannot begin again, because the books miss a migration, says so where a doctor reads it', async () => {
    const told = async () => {
      const lease = { namespace: SYSTEM, name: 'govcloud-operator' };
      const { metadata } = await city.hub.client.get(LEASES, lease);
      return metadata.annotations?.[READ_ONLY_ANNOTATION];
    };
    await city.kill();
    const owner = city.connect(city.postgres.user);
    const last = Object.keys(migrations).sort().at(-1) ?? '';
    try {
      await sql`DELETE FROM books.kysely_migration WHERE name = ${last}`.execute(owner);
      await expect(city.startOperator('operator', env)).rejects.toThrow('E_PROCESS_EXITED');
      expect(await told()).toMatch(new RegExp(`^E_MIGRATIONS_PENDING: .*${last}`));
    } finally {
      await sql`INSERT INTO books.kysely_migration VALUES (${last}, '2026-01-01')`.execute(owner);
      await owner.destroy();
    }
    await city.startOperator('operator', env);
    await city.until('the leader says nothing of it', async () => (await told()) === '');
  });
});

describe('two operators', () => {
  const epochs = (name: string) =>
    city
      .log(name)
      .filter(({ msg }) => msg === 'leading')
      .map(({ epoch }) => Number(epoch));
  const pidOf = (name: string) => listProcesses(city.home.dir).find((it) => it.name === name)?.pid ?? 0;

  it('lead one at a time; when the leader dies the other goes on under a higher epoch', async () => {
    await city.until('the operator leads', () => epochs('operator').length > 0);
    await city.startOperator('operator-2');
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    await request(asked, ({ status }) => status?.review?.openStep === 'approval');
    expect(epochs('operator-2')).toEqual([]);
    const former = Math.max(...epochs('operator'));
    await (await city.person('approver')).decide(asked, 'approval');
    await city.kill();
    const granted = await grantedBy(city, asked);
    expect(granted).toHaveLength(1);
    expect(epochs('operator-2').length).toBe(1);
    expect(epochs('operator-2')[0]).toBeGreaterThan(former);
    await accept(city, granted[0] as StoredAllocation);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
    expect(await allocationsOf(asked)).toHaveLength(1);
    await city.startOperator();
  });

  it('of which the leader is frozen and wakes up later: its writes are fenced off', async () => {
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    await request(asked, ({ status }) => status?.review?.openStep === 'approval');
    const before = epochs('operator').length;
    process.kill(pidOf('operator-2'), 'SIGSTOP');
    await (await city.person('approver')).decide(asked, 'approval');
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(epochs('operator').length).toBe(before + 1);
    process.kill(pidOf('operator-2'), 'SIGCONT');
    await city.until('the frozen one notices', () =>
      city.log('operator-2').some(({ msg }) => msg === 'leadership lost'),
    );
    await accept(city, (await allocationsOf(asked))[0] as StoredAllocation);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
    expect(await allocationsOf(asked)).toHaveLength(1);
    await city.kill('operator-2');
  });
});

describe('a member that is down', () => {
  it('is given no new work, though its pool has the most room', async () => {
    await joinMember('annex', 'https://127.0.0.1:1', POOL, 'annex-amd64');
    await city.seen(MemberCluster, { name: 'annex' }, (it) => conditionOf(it, 'Ready')?.status === 'False');

    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: [machines(1)] });
    const { status } = await request(asked, inReview);
    expect(status?.quote?.pools.find(({ chosen }) => chosen)?.pool).toBe(POOL);
    expect(status?.quote?.pools.find(({ pool }) => pool === 'annex-amd64')).toMatchObject({
      chosen: false,
      reasons: [{ code: 'E_POOL_NOT_READY' }],
    });
    await ops.withdraw(asked);
    await request(asked, state('Withdrawn'));
  });

  it('keeps what was granted, takes what is granted meanwhile when it is back, and that once', async () => {
    const ops = await city.person('xian-ops');
    const [inUse] = (await provide(city, 'xian-ops', [machines(1)])) as [StoredAllocation];
    const asked = await ops.submit({ action: 'Provision', arch: 'amd64', lines: [machines(2)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    await request(asked, ({ status }) => status?.review?.openStep === 'approval');

    const restart = await city.killApiServer(city.member.name);
    await (await city.person('approver')).decide(asked, 'approval');
    const [granted] = (await grantedBy(city, asked)) as [StoredAllocation];
    const waiting = await allocation(granted, (it) => conditionOf(it, 'MemberReachable')?.status === 'False');
    expect(waiting.status?.state).toBe('PendingProvisioning');
    expect(conditionOf(waiting, 'MemberReachable')?.message).toContain('已批准的资源不变');
    await city.seen(
      MemberCluster,
      { name: 'extranet' },
      (it) => conditionOf(it, 'Ready')?.status === 'False',
    );
    const stays = await allocation(inUse, (it) => conditionOf(it, 'MemberReachable')?.status === 'False');
    expect(stays.status?.state).toBe('InUse');
    const release = await ops.submitChange(inUse, { action: 'Release' });
    await approve(city, release);
    await allocation(inUse, ({ spec }) => spec.released === true);

    const refused = await request(
      await ops.submit({ action: 'Provision', lines: [machines(1)] }),
      state('Returned'),
    );
    const notReady = refused.status?.reasons
      ?.filter(({ code }) => code === 'E_POOL_NOT_READY')
      .map(({ where }) => where);
    expect(notReady).toEqual(['pool/annex-amd64', 'pool/extranet-amd64', 'pool/extranet-arm64']);
    await city.verifyBooks();
    const posted = await city.balance(POOL, 'posted');

    await restart();
    const taken = await accept(city, granted);
    expect(conditionOf(taken, 'MemberReachable')).toMatchObject({ status: 'True' });
    expect(await city.machinesOf(taken)).toHaveLength(2);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
    await allocation(inUse, state('Reclaimed'));
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(Number(posted['vcpu']) - 2);
  });

  it('and lost its credential is followed with the new one', async () => {
    const account = { namespace: SYSTEM, name: 'govcloud-operator' };
    const ready = (status: string) =>
      city.seen(MemberCluster, { name: 'extranet' }, (it) => conditionOf(it, 'Ready')?.status === status);
    const followed = async () =>
      [...(await city.metrics()).matchAll(/^govcloud_informer_synced\{[^}]*"extranet\/.*\} (\d)$/gm)].map(
        ([, synced]) => synced,
      );
    // Tokens are of one account, not of its name; a watch that is open outlives them.
    await city.member.client.delete(ACCOUNTS, account);
    await city.member.client.create(ACCOUNTS, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: account,
    });
    const restart = await city.killApiServer(city.member.name);
    await restart();
    await ready('False');
    await city.until('nothing is followed', async () => (await followed()).every((it) => it === '0'));
    const secret = await memberSecret(city.member, 'member-extranet');
    await city.hub.client.apply(SECRETS, secret, { fieldManager: 'test', force: true });
    await ready('True');
    await city.until('all is followed', async () => (await followed()).every((it) => it === '1'));
  });
});

describe('what the operator stands on', () => {
  /** A request on its last step. */
  const onLastStep = async (): Promise<StoredRequest> => {
    const asked = await (await city.person('xian-ops')).submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    return request(asked, ({ status }) => status?.review?.openStep === 'approval');
  };

  it('may go for a while: without the books nothing is granted, and with them once', async () => {
    const asked = await onLastStep();
    await city.kill('postgres');
    await (await city.person('approver')).decide(asked, 'approval');
    const key = `${asked.metadata.namespace}/${asked.metadata.name}`;
    await city.until('the operator misses the books', () =>
      city.log().some((line) => line['key'] === key && line.level >= 40),
    );
    expect(await allocationsOf(asked)).toEqual([]);
    await startPostgres(city.home, { unsafeNoFsync: true });
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
  });

  it('may be full: nothing is entered, whoever waits is told why, and all goes on when there is room', async () => {
    const county = await city.person('xian-ops');
    const bureau = await city.person('approver');
    const engineer = await city.person('cloud-engineer');
    const clinic = await city.person('wjj-ops');
    const isTold = ({ status }: StoredRequest) => status?.reasons?.[0]?.code === 'E_BOOKS_NO_ROOM';
    type Told = Parameters<typeof conditionOf>[0];
    const isFull = (it: Told) => conditionOf(it, 'BooksWritable')?.reason === 'NoRoom';
    const isOver = (it: Told) => conditionOf(it, 'BooksWritable') === undefined;
    const seenBy = async (id: string, lang: string, ...command: string[]) =>
      (
        await govcloud(['--context', id, '--lang', lang, ...command], {
          env: { KUBECONFIG: join(city.home.dir, 'kubeconfig') },
        })
      ).stdout;
    const [pool, quota] = [{ name: 'extranet-arm64' }, { namespace: 'gov-441500', name: '441500-wjj' }];
    const asked = await onLastStep();
    const forClinic = await clinic.submit({ action: 'Provision', lines: [machines(1)] });
    await approve(city, forClinic);
    const [delivered] = (await grantedBy(city, forClinic)) as [StoredAllocation];
    await allocation(delivered, state('PendingAcceptance'));
    const room = [await fillBooks(city, 'entries')];
    try {
      const waiting = await county.submit({ action: 'Provision', lines: [machines(1)] });
      expect((await request(waiting, isTold)).status?.phase).not.toBe('InReview');
      await bureau.decide(asked, 'approval');
      expect((await request(asked, isTold)).status?.phase).toBe('Granting');
      expect(await city.ledgerOf(waiting)).toEqual([]);
      expect(await city.holds(waiting)).toEqual([]);
      expect(await city.ledgerOf(asked)).toEqual(['ledger.hold']);

      await engineer.client.mergePatch(resourceOf(CapacityPool), pool, { spec: { total: { vcpu: '18' } } });
      await city.hub.client.mergePatch(resourceOf(Quota), quota, { spec: { limits: { vcpu: '66' } } });
      expect((await city.seen(CapacityPool, pool, isFull)).status?.hard).toMatchObject({ vcpu: '16' });
      expect((await city.seen(Quota, quota, isFull)).status?.hard).toMatchObject({ vcpu: '64' });
      const file = { name: 'full.csv', sm3: 'f'.repeat(64), rows: 1 };
      await engineer.importStock('stock-full', [OLD_MACHINE], file);
      await bureau.decideStock('stock-full');
      const batch = await city.seen(StockImport, { name: 'stock-full' }, isFull);
      expect(batch.status).toMatchObject({ state: 'PendingApproval' });
      expect(batch.status?.rows).toBeUndefined();

      room.push(await fillBooks(city, 'decisions'));
      await clinic.handOver(delivered, 'accept');
      expect((await allocation(delivered, isFull)).status?.state).toBe('PendingAcceptance');

      for (const [lang, why] of [
        ['zh', '账本所在的磁盘已满，没有写入任何记录'],
        ['en', 'the disk of the books is full: nothing was written'],
      ] as const) {
        expect(await seenBy('xian-ops', lang, 'request', 'why', waiting.metadata.name)).toContain(why);
        expect(await seenBy('xian-ops', lang, 'request', 'why', asked.metadata.name)).toContain(why);
        expect(await seenBy('wjj-ops', lang, 'request', 'why', forClinic.metadata.name)).toContain(why);
        expect(await seenBy('approver', lang, 'review', 'show', 'stock-full')).toContain(why);
        expect(await seenBy('wjj-ops', lang, 'allocation', 'show', delivered.metadata.name)).toContain(why);
      }
      expect(await city.metrics()).toMatch(
        /^govcloud_reconcile_duration_seconds_count\{controller="request",result="full"\} [1-9]/m,
      );
      await city.verifyBooks();

      for (const make of room.splice(0)) await make();
      expect((await request(waiting, inReview)).status?.reasons).toBeUndefined();
      expect(await grantedBy(city, asked)).toHaveLength(1);
      expect((await city.get(ResourceRequest, asked.metadata)).status?.reasons).toBeUndefined();
      expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
      expect((await city.seen(CapacityPool, pool, isOver)).status?.hard).toMatchObject({ vcpu: '18' });
      expect((await city.seen(Quota, quota, isOver)).status?.hard).toMatchObject({ vcpu: '66' });
      const opened = await city.seen(StockImport, { name: 'stock-full' }, isOver);
      expect(opened.status).toMatchObject({ state: 'Opened', opened: 1 });
      expect((await allocation(delivered, isOver)).status?.state).toBe('InUse');
      await county.withdraw(waiting);
      await request(waiting, state('Withdrawn'));
    } finally {
      for (const make of room) await make();
    }
  });

  it('may go for a while: the hub comes back with a decision that the operator has not seen', async () => {
    const asked = await onLastStep();
    await (await city.person('approver')).decide(asked, 'approval');
    const restart = await city.killApiServer(HUB);
    const leading = city.log().length;
    await city.until('the operator misses the hub', () =>
      city
        .log()
        .slice(leading)
        .some(({ level }) => level >= 40),
    );
    await restart();
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
    await city.until('the hub takes requests again', () => takesRequests(asked));
  });
});

/** Whether the hub has all its rules again: an API server refuses what it cannot judge yet. */
async function takesRequests(like: StoredRequest): Promise<boolean> {
  const { apiVersion, kind, metadata, spec } = like;
  const probe = { apiVersion, kind, metadata: { name: 'probe', namespace: metadata.namespace ?? '' }, spec };
  try {
    await (await city.person('xian-ops')).client.create(resourceOf(ResourceRequest), probe as KubeObject, {
      dryRun: true,
    });
    return true;
  } catch (error) {
    if (error instanceof KubeError) return false;
    throw error;
  }
}

describe('a hub without the review rule', () => {
  const BINDINGS = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingadmissionpolicybindings',
    namespaced: false,
  };

  /** Whether the hub refuses what the rule forbids, asked as an administrator by a dry run. */
  async function isEnforced(on: StoredRequest): Promise<boolean> {
    const value = {
      step: 'approval',
      ticket: 'forged',
      generation: 1,
      reviewer: 'forged',
      verdict: 'approve',
    };
    const patch = [{ op: 'add' as const, path: '/status/decisions/-', value }];
    try {
      await city.hub.client.jsonPatch(resourceOf(ResourceRequest), on.metadata, patch, {
        subresource: 'status',
        dryRun: true,
      });
      return false;
    } catch (error) {
      if (error instanceof KubeError && error.message.includes('E_')) return true;
      throw error;
    }
  }

  it('is granted nothing until the rule is back', async () => {
    const policies = join(city.home.dir, 'policies');
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    await (await city.person('xian-bureau')).decide(asked, 'initial');
    await request(asked, ({ status }) => status?.review?.openStep === 'approval');
    expect(await isEnforced(asked)).toBe(true);
    for (const file of readdirSync(policies)) rmSync(join(policies, file));
    // As on another API server of the hub, that has no such folder: the rule stands as an object beside it.
    const binding = loadPolicy(REVIEW_POLICY).binding as unknown as KubeObject;
    await city.hub.client.delete(BINDINGS, binding.metadata);
    await city.until('the rule is gone', async () => !(await isEnforced(asked)));
    try {
      await (await city.person('approver')).decide(asked, 'approval');
      const key = `${asked.metadata.namespace}/${asked.metadata.name}`;
      await city.until('the operator refuses', () =>
        city
          .log()
          .some(
            (line) =>
              line['key'] === key && JSON.stringify(line['err'] ?? '').includes('E_REVIEW_RULE_MISSING'),
          ),
      );
      expect((await city.get(ResourceRequest, asked.metadata)).status?.phase).toBe('Granting');
      expect(await city.ledgerOf(asked)).toEqual(['ledger.hold']);
      expect(await allocationsOf(asked)).toEqual([]);
    } finally {
      writeStaticPolicies(policies);
      await city.hub.client.create(BINDINGS, binding);
    }
    await city.until('the rule is back', () => isEnforced(asked));
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
  });
});

describe('a member that lies', () => {
  const NAME = 'liar';
  const SIZE = { vcpu: 1, memoryGiB: 1 };
  /** More allocations than one member may have looked at at a time. */
  const MANY = 9;
  let gate: Gate;

  beforeAll(async () => {
    gate = await Gate.before({ url: city.member.server, caPem: city.member.caPem }, new Barrier(), 'member');
    // Of two pools the one with the larger free share is taken: its own, whatever was granted before.
    const total = { vcpu: '6000', memory: '60Ti', ssd: '600Ti', hdd: '600Ti' };
    await joinMember(NAME, gate.url, 'extranet-arm64', 'liar-arm64', { total });
    await city.seen(MemberCluster, { name: NAME }, (it) => conditionOf(it, 'Ready')?.status === 'True');
  });

  afterAll(async () => {
    await city.kill();
    await gate.close();
  });

  const ask = async (count: number, arch: 'amd64' | 'arm64' = 'arm64') => {
    const lines = Array.from({ length: count }, (_, index) => ({
      ...machines(1, SIZE),
      name: `vm-${index}`,
    }));
    const asked = await (await city.person('wjj-ops')).submit({ action: 'Provision', arch, lines });
    await approve(city, asked);
    return grantedBy(city, asked);
  };
  const told = (type: string, reason: string) => (it: { status?: StoredAllocation['status'] }) =>
    conditionOf(it, type)?.reason === reason;
  const isMachine = ({ path }: PassingWrite) => path.includes('/virtualmachines/');
  it('by saying nothing for ever keeps its own waiting and nobody else’s', async () => {
    await city.kill();
    gate.lie = (_, isWatch) => (isWatch ? undefined : 'nothing');
    // Whoever waits for it waits for good.
    await city.startOperator('operator', { GOVCLOUD_MEMBER_TIMEOUT_SECONDS: '86400' });
    const silent = await ask(MANY);
    expect(new Set(silent.map(({ spec }) => spec.cluster))).toEqual(new Set([NAME]));
    const [other] = (await ask(1, 'amd64')) as [StoredAllocation];
    expect(other.spec.cluster).toBe('extranet');
    await accept(city, other);
    for (const it of silent) expect((await city.get(Allocation, it.metadata)).status?.state).toBeUndefined();

    await city.kill();
    await city.startOperator('operator', { GOVCLOUD_RELIST_SECONDS: '5', GOVCLOUD_RESYNC_SECONDS: '5' });
    const said = (await allocation(silent[0] as StoredAllocation, told('MemberReachable', 'Unreachable')))
      .status;
    expect(said?.conditions?.find(({ type }) => type === 'MemberReachable')?.message).toMatch(
      /没有可用的应答.*E_API_TIMEOUT.*gives no answer of use/,
    );
    await city.seen(MemberCluster, { name: NAME }, (it) => conditionOf(it, 'Ready')?.status === 'False');
    gate.lie = () => undefined;
    await Promise.all(silent.map((it) => accept(city, it)));
  });

  it('by answering with what is no answer is told as one that does not answer', async () => {
    const [inUse] = (await ask(1)) as [StoredAllocation];
    await accept(city, inUse);
    const other = ({ metadata, ...truth }: KubeObject) => ({
      ...truth,
      metadata: { ...metadata, name: 'other' },
    });
    const lies: readonly (readonly [string, (it: PassingWrite) => Lie | undefined])[] = [
      ['a page', () => ({ status: 200, type: 'text/html', body: '<html><body>登录 / Log in</body></html>' })],
      ['a list', () => ({ status: 200, body: '{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}' })],
      ['no JSON', () => ({ status: 200, body: '{' })],
      ['another object', (it) => (isMachine(it) ? other : undefined)],
    ];
    for (const [lie, answer] of lies) {
      gate.lie = (it, isWatch) => (isWatch ? undefined : answer(it));
      // Any change of it has it looked at.
      const metadata = { annotations: { lie } };
      await city.hub.client.mergePatch(resourceOf(Allocation), inUse.metadata, { metadata });
      const said = await allocation(inUse, told('MemberReachable', 'Unreachable'));
      expect(said.status?.state).toBe('InUse');
      expect(conditionOf(said, 'MemberReachable')?.message).toContain('E_API_ANSWER');
      gate.lie = () => undefined;
      await allocation(inUse, told('MemberReachable', 'Answers'));
    }
  });

  it('by accepting what it does not keep is told so, and has it once it does', async () => {
    gate.lie = ({ method, body }) =>
      method === 'PATCH' ? { status: 200, body: JSON.stringify(body) } : undefined;
    const [granted] = (await ask(1)) as [StoredAllocation];
    const said = await allocation(granted, told('Ready', 'MemberInconsistent'));
    expect(said.status?.state).toBe('PendingProvisioning');
    expect(conditionOf(said, 'Ready')?.message).toMatch(/实际并未执行.*and has not/);
    // What it takes and never confirms is another matter.
    gate.lie = ({ method }) => (method === 'PATCH' ? 'nothing' : undefined);
    await allocation(granted, told('MemberReachable', 'Unreachable'));
    gate.lie = () => undefined;
    await accept(city, granted);
  });

  it('by a uid that is another’s has nothing of that other deleted, and is credited for nothing', async () => {
    const [inUse] = (await ask(1)) as [StoredAllocation];
    await accept(city, inUse);
    const posted = await city.balance('liar-arm64', 'posted');
    gate.lie = (it) =>
      it.method === 'GET' && isMachine(it)
        ? (truth) => ({
            ...truth,
            metadata: { ...truth.metadata, uid: '00000000-0000-4000-8000-000000000000' },
          })
        : undefined;
    const release = await (await city.person('wjj-ops')).submitChange(inUse, { action: 'Release' });
    await approve(city, release);
    await allocation(inUse, told('Ready', 'MemberInconsistent'));
    expect(await city.machinesOf(inUse)).toHaveLength(1);
    // Nor is a path that nobody serves an object that is gone.
    gate.lie = (it) =>
      it.method === 'GET' && isMachine(it) ? { status: 404, type: 'text/plain', body: '404' } : undefined;
    await allocation(inUse, told('MemberReachable', 'Unreachable'));
    expect(await city.balance('liar-arm64', 'posted')).toEqual(posted);
    gate.lie = () => undefined;
    await allocation(inUse, state('Reclaimed'));
    expect(await city.machinesOf(inUse)).toEqual([]);
  });

  it('by saying ready what is not delivers nothing that its requester has not accepted', async () => {
    const made = new Map<string, string>();
    gate.lie = ({ method, path, body }, isWatch) => {
      if (isWatch || !/\/(virtualmachines|persistentvolumeclaims)\//.test(path)) return undefined;
      if (method === 'PATCH') {
        const status = { ready: true, printableStatus: 'Running', phase: 'Bound' };
        const metadata = { ...(body['metadata'] as object), uid: path, resourceVersion: '1' };
        made.set(path, JSON.stringify({ ...body, metadata, status }));
      }
      const known = made.get(path);
      return known === undefined ? undefined : { status: 200, body: known };
    };
    const [granted] = (await ask(1)) as [StoredAllocation];
    const said = await allocation(granted, state('PendingAcceptance'));
    expect(said.status?.acceptedAt).toBeUndefined();
    expect(await city.machinesOf(granted)).toEqual([]);
    await (await city.person('wjj-ops')).handOver(granted, 'refuse', { comment: '连不上' });
    await allocation(granted, told('Accepted', 'Refused'));
    gate.lie = () => undefined;
    await city.until('the machine is there', async () => (await city.machinesOf(granted)).length === 1);
    const after = await city.get(Allocation, granted.metadata);
    expect(after.status).toMatchObject({ state: 'PendingProvisioning' });
    expect(after.status?.acceptedAt).toBeUndefined();
  });

  it('by a watch that says nothing hides no edit for longer than until everything is looked at again', async () => {
    const [granted] = (await ask(1)) as [StoredAllocation];
    const inUse = await accept(city, granted);
    gate.lie = (_, isWatch) => (isWatch ? 'nothing' : undefined);
    gate.cut();
    const { name } = inUse.metadata;
    const namespace = inUse.status?.namespace ?? '';
    const drifted = { spec: { template: { spec: { domain: { cpu: { sockets: 4 } } } } } };
    await city.member.client.mergePatch(MACHINES, { namespace, name: `${name}-0` }, drifted);
    const said = await allocation(inUse, told('InSync', 'Drifted'));
    expect(said.status?.state).toBe('InUse');
    gate.lie = () => undefined;
  });
});
