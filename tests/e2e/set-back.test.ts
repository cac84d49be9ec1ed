import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Allocation, Quota, Repair, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { readAudit, readBalances } from '../../books/reports.ts';
import { closedRequest } from '../../books/requests.ts';
import { accountPath } from '../../domain/quota/fit.ts';
import type { ResourceRef } from '../../kube/types.ts';
import { listProcesses } from '../../tools/localcity/process.ts';
import { SmallCity } from '../support/city.ts';
import {
  accept,
  approve,
  grantedBy,
  inReview,
  machines,
  type StoredAllocation,
  type StoredRepair,
  type StoredRequest,
} from '../support/people.ts';
import { runProgram } from '../support/program.ts';
import { govcloud, type Ran } from './cli-run.ts';

const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

const request = (of: StoredRequest, wanted: (it: StoredRequest) => boolean) =>
  city.seen(ResourceRequest, of.metadata, wanted);

async function submit(): Promise<StoredRequest> {
  const ops = await city.person('xian-ops');
  const lines = [machines(1, { vcpu: 1, memoryGiB: 2 })];
  let made: StoredRequest | undefined;
  await city.until('the hub takes a request', async () => {
    made = await ops.submit({ action: 'Provision', arch: 'amd64', lines }).catch((error: Error) => {
      // A hub that was just started refuses everything until it has found what its policies refer to.
      if (error.message.includes('failed to configure policy')) return undefined;
      throw error;
    });
    return made !== undefined;
  });
  return made as unknown as StoredRequest;
}

/** A request of the county on its last step. */
async function onLastStep(asked: StoredRequest): Promise<StoredRequest> {
  await (await city.person('xian-bureau')).decide(asked, 'initial');
  return request(asked, ({ status }) => status?.review?.openStep === 'approval');
}

describe('a hub', () => {
  /** Its etcd while both requests were open. */
  let backup: string;
  let granted: StoredRequest;
  let open: StoredRequest;

  beforeAll(async () => {
    backup = join(city.home.dir, 'etcd-backup');
    open = await submit();
    granted = await onLastStep(await submit());
    await request(open, inReview);
  });

  it('that is away for a while is waited for, and what was decided just before is granted once', async () => {
    const asked = await onLastStep(await submit());
    const pid = listProcesses(city.home.dir).find(({ name }) => name === 'operator')?.pid as number;
    // So that the copy has the decision and nothing that comes of it.
    process.kill(pid, 'SIGSTOP');
    await (await city.person('approver')).decide(asked, 'approval');
    await city.withHubStopped((etcd) => {
      cpSync(etcd, backup, { recursive: true });
      process.kill(pid, 'SIGCONT');
    });
    expect(await grantedBy(city, asked)).toHaveLength(1);
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.post']);
  });

  it('that is set back to an older state is written to no more, and has again what is posted once that is approved', async () => {
    await onLastStep(open);
    await approve(city, granted);
    const [before] = (await grantedBy(city, granted)) as [StoredAllocation];
    const { status } = await accept(city, before);
    const { uid } = granted.metadata;
    await city.until('it is in the books as closed', async () => {
      return (await closedRequest(city.books, { uid })) !== undefined;
    });
    const lost = await onLastStep(await submit());
    const raise = { action: 'RaiseQuota', quota: { limits: { vcpu: '1' } } } as const;
    const raised = await (await city.person('xian-ops')).submit(raise);
    await approve(city, raised);
    const { serial = '' } = (await request(raised, ({ status: it }) => it?.phase === 'Granted')).status ?? {};
    const quota = { namespace: 'gov-441500', name: '441523' };
    const hasRaise = ({ metadata, spec, status: it }: Quota) =>
      spec.grants?.some(({ basis }) => basis === serial) && it?.observedGeneration === metadata.generation;
    await city.seen(Quota, quota, (it) => hasRaise(it) === true);
    const login = { namespace: status?.namespace ?? '', name: `${before.metadata.name}-login` };
    const [machine, secret] = [await city.machinesOf(before), await city.member.client.get(SECRETS, login)];
    const written = await recorded();
    await city.withHubStopped((etcd) => {
      rmSync(etcd, { recursive: true });
      cpSync(backup, etcd, { recursive: true });
    });
    await readOnly();

    const plan = await planned('after-the-hub');
    expect(plan.status?.items?.map(({ action, difference }) => `${action} ${difference.code}`)).toEqual([
      'CloseRequest E_APART_DECISIONS',
      'CloseRequest E_APART_HOLD',
      'RestoreAllocation E_APART_GRANT',
      'RestoreAllocation E_APART_GRANT',
      'RestoreRaise E_APART_RAISE',
      'AdoptLimit E_APART_LIMIT',
    ]);
    expect(await recorded()).toEqual(written);
    await expect((await city.person('cloud-engineer')).decideRepair('after-the-hub')).rejects.toThrow();
    await expect((await city.person('approver')).decideRepair('after-the-hub')).rejects.toThrow();
    await (await city.person('security-admin')).decideRepair('after-the-hub');
    await repaired('after-the-hub', 6);
    await city.seen(Quota, quota, (it) => hasRaise(it) === true);

    // That it was accepted is in the books, too.
    const after = await city.seen(
      Allocation,
      before.metadata,
      ({ metadata, status: now }) => metadata.uid !== before.metadata.uid && now?.state === 'InUse',
    );
    expect(after.status?.acceptedAt).toBe(status?.acceptedAt);
    expect(await city.ledgerOf(granted)).toEqual(['ledger.hold', 'ledger.post']);
    expect(await city.ledgerOf(lost)).toEqual(['ledger.hold', 'ledger.void']);
    // What runs is its own again, by the label by which its changes are heard, and with the password that it has.
    expect(await city.machinesOf(after)).toEqual(machine);
    const { data } = secret as unknown as { data: object };
    expect(await city.member.client.get(SECRETS, login)).toMatchObject({ data });
    const closed = await request(open, ({ status: now }) => now?.phase === 'Withdrawn');
    expect(closed.status?.reasons?.map(({ code }) => code)).toEqual([
      'E_REQUEST_SET_BACK',
      'E_APART_DECISIONS',
    ]);
    expect(await city.ledgerOf(open)).toEqual(['ledger.hold', 'ledger.void']);
    await city.verifyBooks();
  });
});

describe('books', () => {
  it('that are set back to an older state are written to no more, and know again what stands once that is approved', async () => {
    const before = await onLastStep(await submit());
    const backup = join(city.home.dir, 'books-backup');
    const copy = (from: string, to: string) => {
      rmSync(to, { recursive: true, force: true });
      expect(spawnSync('cp', ['-a', from, to]).status).toBe(0);
      rmSync(join(to, 'postmaster.pid'), { force: true });
    };
    await city.withBooksStopped((data) => copy(data, backup));
    await (await city.person('approver')).decide(before, 'approval');
    const first = await grantedBy(city, before);
    const after = await submit();
    await approve(city, after);
    const second = await grantedBy(city, after);
    const held = { first: await city.holds(before), second: await city.holds(after) };
    const { status } = await request(after, ({ status: it }) => it?.phase === 'Granted');
    await city.withBooksStopped((data) => copy(backup, data));
    await readOnly();

    const plan = await planned('after-the-books');
    expect(plan.status?.items?.map(({ action, object }) => `${action} ${object}`)).toEqual([
      `EnterSerial ${status?.serial}`,
      ...[...first, ...second]
        .map(({ metadata }) => `EnterAllocation ${metadata.namespace}/${metadata.name}`)
        .sort(),
    ]);
    await (await city.person('security-admin')).decideRepair('after-the-books');
    await repaired('after-the-books', 3);
    const amounts = (holds: Awaited<ReturnType<typeof city.holds>>) =>
      holds.map(({ state, ticket, lines }) => ({ state, ticket, lines }));
    expect(amounts(await city.holds(before))).toEqual(amounts(held.first));
    expect(amounts(await city.holds(after))).toEqual(amounts(held.second));
    await city.verifyBooks();
    // The number is not given again.
    const next = await submit();
    const { status: numbered } = await request(next, inReview);
    expect(numbered?.serial).not.toBe(status?.serial);
    // What was entered is given back like anything else.
    const [given] = second as [StoredAllocation];
    await accept(city, given);
    const current = await city.get(Allocation, given.metadata);
    const release = await (await city.person('xian-ops')).submitChange(current, { action: 'Release' });
    await approve(city, release);
    await city.seen(Allocation, given.metadata, ({ status: it }) => it?.state === 'Reclaimed');
    await city.until('its use is given back', async () =>
      (await city.holds(after)).every(({ state }) => state === 'credited'),
    );
    await city.verifyBooks();
  });
});

describe('books of which there is a backup', () => {
  /** Posted, pending and limit of each account. */
  const figures = async () =>
    (await readBalances(city.books)).map(
      ({ account, hard, posted, pending }) =>
        `${accountPath(account)} ${hard.value} ${posted.value} ${pending.value}`,
    );

  it('are restored by the programs, planned by the doctor, repaired, and say again what they said', async () => {
    const { host, port, user, database } = city.postgres;
    const program = async (name: string, as: Record<string, string>, ...args: string[]) => {
      const env = {
        GOVCLOUD_DATABASE_HOST: host,
        GOVCLOUD_DATABASE_PORT: String(port),
        GOVCLOUD_DATABASE_NAME: database,
        ...as,
      };
      const { exit, output } = await runProgram(`operator/${name}.ts`, env, ...args);
      expect(exit, output).toBe(0);
    };
    const file = join(city.home.dir, 'books.gz');
    const asked = await onLastStep(await submit());
    await program('backup', {}, file);
    await (await city.person('approver')).decide(asked, 'approval');
    const [given] = (await grantedBy(city, asked)) as [StoredAllocation];
    const machine = await city.machinesOf(given);
    const before = await figures();

    await city.kill();
    const server = new pg.Client({ host, port, user, database: 'postgres' });
    await server.connect();
    await server.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await server.query(`CREATE DATABASE ${database}`);
    await server.end();
    const owner = { GOVCLOUD_DATABASE_USER: user };
    await program('migrate', owner);
    await program('restore', owner, file);
    expect(await figures()).not.toEqual(before);
    await city.startOperator();
    await readOnly();

    const doctor = (...args: string[]) => cli('cloud-engineer', 'doctor', ...args);
    await city.until('the doctor says so', async () => (await doctor()).stdout.includes('E_APART'));
    const reason = '由备份恢复';
    const { exit, stdout } = await doctor('--repair', '--reason', reason, '-o', 'json');
    expect(exit).toBe(0);
    const plan = JSON.parse(stdout) as StoredRepair;
    expect(plan.status?.items?.map(({ action, object }) => `${action} ${object}`)).toEqual([
      `EnterAllocation ${given.metadata.namespace}/${given.metadata.name}`,
    ]);
    expect(await figures()).not.toEqual(before);
    const { name } = plan.metadata;
    await (await city.person('security-admin')).decideRepair(name);
    await repaired(name, 1);
    expect(await figures()).toEqual(before);
    expect(await city.machinesOf(given)).toEqual(machine);
    await accept(city, given);
    await city.verifyBooks();
  });
});

/** Runs a command as somebody. */
async function cli(person: string, ...args: string[]): Promise<Ran> {
  return govcloud(['--context', person, ...args], {
    env: { KUBECONFIG: join(city.home.dir, 'kubeconfig') },
  });
}

/** What the operator has done by the audit chain; that it began a term and read the hub's log decides nothing. */
async function recorded(): Promise<readonly string[]> {
  const { items } = await readAudit(city.books, { limit: 1000 });
  return items
    .map(({ action }) => action)
    .filter((it) => !['epoch.take', 'hub.log', 'hub.write'].includes(it));
}

async function readOnly(): Promise<void> {
  await city.until('the operator says that it writes no more', () => {
    const [last] = city
      .log()
      .filter(({ msg }) => msg === 'leading' || msg.includes('read-only from now on'))
      .slice(-1);
    return last?.level === 60;
  });
}

/** A repair that an engineer asked for, with its plan. */
async function planned(name: string): Promise<StoredRepair> {
  const engineer = await city.person('cloud-engineer');
  await engineer.askForRepair(name);
  return city.seen(Repair, { name }, ({ status }) => status?.state === 'PendingApproval');
}

async function repaired(name: string, count: number): Promise<void> {
  const { status } = await city.seen(Repair, { name }, ({ status: it }) => it?.state === 'Done');
  expect(status).toMatchObject({ repaired: count, total: 0, items: [] });
}
