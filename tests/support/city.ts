import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Kind, type ObjectOf, resourceOf } from '../../api/kind.ts';
import { Allocation, CapacityPool, KINDS } from '../../api/v1alpha1/index.ts';
import { verifyAudit } from '../../books/audit.ts';
import { type Books, connect } from '../../books/database.ts';
import { type Hold, readAudit, readBalances, readHolds } from '../../books/reports.ts';
import { onSnapshot } from '../../books/database.ts';
import { verifyBooks } from '../../books/verify.ts';
import { ALLOCATION_LABEL } from '../../domain/allocation/objects.ts';
import { isOver } from '../../domain/allocation/over.ts';
import { Amount, type Resource, RESOURCES, ResourceVector, unitOf } from '../../domain/quantity.ts';
import type { Balance } from '../../domain/quota/fit.ts';
import { KubeClient } from '../../kube/client.ts';
import { KubeClientError } from '../../kube/errors.ts';
import type { KubeObject, ObjectName, ResourceRef, Stored } from '../../kube/types.ts';
import { waitFor } from '../../kube/wait.ts';
import { loadAccess } from '../../kube/config.ts';
import { isReadOnly } from '../../tools/city/services.ts';
import { type RunningCity, upCity, type UpOptions } from '../../tools/city/up.ts';
import type { HubAccess } from '../../tools/city/hub-access.ts';
import { nodeEnv } from '../../tools/city/services.ts';
import type { Cluster } from '../../tools/localcity/cluster.ts';
import { type Home, openHome } from '../../tools/localcity/home.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import { type Postgres, postgresFoldersOutside, startPostgres } from '../../tools/localcity/postgres.ts';
import { answersOk } from '../../tools/localcity/probe.ts';
import {
  isRunning,
  killAll,
  listProcesses,
  type ProcessSpec,
  startProcess,
  stopAll,
} from '../../tools/localcity/process.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import { loadDirectly } from './load.ts';
import { Person } from './people.ts';

/** How long anything that a test waits for may take; a busy machine is slow, not wrong. */
const LIMIT_MS = 180_000;
const POLL_MS = 20;

/**
 * Short enough that a member's absence and an operator's death are noticed soon; long enough that a leader keeps its
 * lease on a machine that runs another city beside.
 */
const OPERATOR_ENV = { GOVCLOUD_LEASE_SECONDS: '3', GOVCLOUD_MEMBER_PROBE_SECONDS: '1' };

const HUB = 'hub';

/** The folder of the small city. */
export const SMALL_CITY = join(import.meta.dirname, 'small-city');
const OPERATOR = join(import.meta.dirname, '../../operator/main.ts');

/** The virtual machines of a member. */
export const MACHINES: ResourceRef = {
  group: 'kubevirt.io',
  version: 'v1',
  plural: 'virtualmachines',
  namespaced: true,
};

type Env = Readonly<Record<string, string>>;

/** An object as the API server answers it. */
type StoredOf<K extends Kind> = Stored<ObjectOf<K> & KubeObject>;

/** One line of the operator's log. */
export interface LogLine {
  readonly msg: string;
  /** 30 is information, 40 a warning. */
  readonly level: number;
  readonly time: number;
  readonly [field: string]: unknown;
}

/**
 * The small city of `small-city/`, whole: hub, member, PostgreSQL, operator, reports, people; as `govcloud up` starts
 * it, but without waiting for a disk. Lasts as long as a test file; what still runs when this process exits is killed.
 */
export class SmallCity {
  readonly home: Home;
  /** As the hub's administrator. */
  readonly hub: HubAccess;
  readonly member: Cluster;
  /** As the reports process, which only reads. */
  readonly books: Books;
  readonly postgres: Postgres;
  /** How long is waited for anything, in ms. */
  limitMs = LIMIT_MS;
  private readonly operatorUrl: string;
  private readonly kubeconfig: string;
  private readonly env: Env;
  private readonly people = new Map<string, Person>();

  private constructor(
    parts: Pick<SmallCity, 'home' | 'hub' | 'member' | 'postgres'> &
      Pick<RunningCity, 'kubeconfig' | 'operatorUrl'> & { env: Env },
  ) {
    this.home = parts.home;
    this.hub = parts.hub;
    this.member = parts.member;
    this.postgres = parts.postgres;
    this.operatorUrl = parts.operatorUrl;
    this.kubeconfig = parts.kubeconfig;
    this.env = parts.env;
    this.books = this.connect('govcloud_reports');
  }

  /**
   * @param operatorEnv added to the environment of every operator that is started here
   * @param options whether its use is measured, as `up` has it
   */
  static async start(
    operatorEnv: Env = {},
    { metered = false }: Pick<UpOptions, 'metered'> = {},
  ): Promise<SmallCity> {
    const dir = mkdtempSync(join(tmpdir(), 'govcloud-test-'));
    // The database's user passes through when we are root.
    chmodSync(dir, 0o711);
    process.once('exit', () => killAll(dir));
    const env = { ...OPERATOR_ENV, ...operatorEnv };
    try {
      const up = await upCity({
        dir,
        cityDir: SMALL_CITY,
        load: loadDirectly,
        operatorEnv: env,
        metered,
        unsafeNoFsync: true,
      });
      const [member] = up.members;
      if (!member) throw new Error('the city has no member');
      const { hub, postgres, kubeconfig, operatorUrl } = up;
      const whole = await waitUntil(() => hasPicture(up), { limitMs: LIMIT_MS, pollMs: POLL_MS });
      if (!whole) throw new Error('the operator has not heard of the whole city');
      return new SmallCity({ home: openHome(dir), hub, member, postgres, kubeconfig, operatorUrl, env });
    } catch (error) {
      const home = openHome(dir);
      await stopAll(home);
      home.close();
      throw error;
    }
  }

  /** The operator's own figures, as Prometheus reads them. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.operatorUrl}/metrics`)).text();
  }

  /** A person of the city, on their own credentials. */
  async person(id: string): Promise<Person> {
    const known = this.people.get(id);
    if (known) return known;
    const access = await loadAccess({ kubeconfig: this.kubeconfig, context: id });
    const person = new Person(this, id, access.namespace, new KubeClient(access));
    this.people.set(id, person);
    return person;
  }

  /** A new pool of connections to the books; whoever asks closes it. */
  connect(user: string): Books {
    const { host, port, database } = this.postgres;
    return connect({
      host,
      port,
      database,
      user,
      // The server may be killed while nobody asks it anything; who asks is told.
      onIdleError: () => {},
    });
  }

  /** Reads an object of ours as the administrator. */
  async get<K extends Kind>(kind: K, name: ObjectName): Promise<StoredOf<K>> {
    return (await this.hub.client.get(resourceOf(kind), name)) as StoredOf<K>;
  }

  /** Waits until an object of ours is as wanted. @throws Error that shows it as it was last seen */
  async seen<K extends Kind>(
    kind: K,
    name: ObjectName,
    wanted: (object: StoredOf<K>) => boolean,
  ): Promise<StoredOf<K>> {
    return (await seenIn(
      this.hub.client,
      resourceOf(kind),
      name,
      (object) => object !== undefined && wanted(object as StoredOf<K>),
      this.limitMs,
      () => this.tail(),
    )) as StoredOf<K>;
  }

  /** Waits until an object in the member is as wanted; `undefined` while there is none. */
  async seenInMember(
    resource: ResourceRef,
    name: ObjectName,
    wanted: (object: Stored<KubeObject> | undefined) => boolean,
  ): Promise<Stored<KubeObject> | undefined> {
    return seenIn(this.member.client, resource, name, wanted, this.limitMs, () => this.tail());
  }

  /** Waits until a condition holds that no single object shows. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const holds = await waitUntil(condition, { limitMs: this.limitMs, pollMs: POLL_MS });
    if (!holds) throw new Error(`${what}: not within ${this.limitMs / 1000} s\n${this.tail()}`);
  }

  /** What the ledger did for a request, in order. */
  async ledgerOf(request: { readonly metadata: { readonly uid: string } }): Promise<readonly string[]> {
    const { items } = await readAudit(this.books, { subject: request.metadata.uid });
    return items.map(({ action }) => action).filter((it) => it.startsWith('ledger.'));
  }

  /** The names of the machines that an allocation has in its member, by its label. */
  async machinesOf(allocation: { readonly metadata: { readonly uid: string } }): Promise<readonly string[]> {
    const labelSelector = `${ALLOCATION_LABEL}=${allocation.metadata.uid}`;
    const { items } = await this.member.client.list(MACHINES, { labelSelector });
    return items.map(({ metadata }) => metadata.name);
  }

  /** Every hold of a request, oldest first. */
  async holds(request: { readonly metadata: { readonly uid?: string } }): Promise<readonly Hold[]> {
    return (await readHolds(this.books, { requestUid: request.metadata.uid ?? '' })).items;
  }

  /** What an account has in use and held, by resource, zero left out: `{ vcpu: '4' }`. */
  async balance(
    holder: string,
    leg: 'posted' | 'pending' | 'hard',
  ): Promise<Readonly<Record<string, string>>> {
    const balances = await readBalances(this.books, { holders: [holder] });
    return amountsOf(
      balances.filter(
        ({ account: { zone, arch, holderKind } }) => holderKind === 'pool' || (zone === '*' && arch === '*'),
      ),
      leg,
    );
  }

  /**
   * The books agree with themselves and with the hub: their own checks find nothing, and each pool has posted exactly
   * what allocations stand for, what is yet to be credited included, and pending what open holds say.
   */
  async verifyBooks(): Promise<void> {
    expect(await verifyBooks(this.books)).toEqual([]);
    expect(await verifyAudit(this.books)).toMatchObject({ ok: true });
    const { items: pools } = await this.hub.client.list(resourceOf(CapacityPool));
    const { items } = await this.hub.client.list(resourceOf(Allocation));
    const allocations = items as unknown as Allocation[];
    // On one snapshot: a hold may be taken between two looks.
    const [{ items: pending }, balances] = await onSnapshot(this.books, async (snapshot) => [
      await readHolds(snapshot, { states: ['pending'] }),
      await readBalances(snapshot, { holderKinds: ['pool'] }),
    ]);
    for (const { metadata } of pools) {
      const own = allocations.filter((it) => it.spec.pool === metadata.name && !isOver(it));
      const posted = own.reduce(
        (sum, { spec }) =>
          sum
            .plus(ResourceVector.parse(spec.consumes))
            .plus(
              spec.pendingCredit ? ResourceVector.parse(spec.pendingCredit.amounts) : ResourceVector.zero,
            ),
        ResourceVector.zero,
      );
      const held = (resource: Resource) =>
        pending
          .flatMap(({ lines }) => lines)
          .filter(
            ({ account: { holderKind, holder, resource: of } }) =>
              holderKind === 'pool' && holder === metadata.name && of === resource,
          )
          .reduce((sum, { pending: amount }) => sum.plus(amount), Amount.of(unitOf(resource), 0n));
      const expected = {
        posted: posted.toQuantities(),
        pending: ResourceVector.of(
          Object.fromEntries(RESOURCES.map((it) => [it, held(it).value])),
        ).toQuantities(),
      };
      const poolBalances = balances.filter(({ account }) => account.holder === metadata.name);
      const found = {
        posted: amountsOf(poolBalances, 'posted'),
        pending: amountsOf(poolBalances, 'pending'),
      };
      expect({ pool: metadata.name, ...found }).toEqual({ pool: metadata.name, ...expected });
    }
  }

  /** Starts an operator, or another one beside it, and waits until it is ready. */
  async startOperator(name = 'operator', env: Env = {}): Promise<void> {
    const ports: Readonly<Record<string, number>> = await reservePorts(this.home, [name]);
    const file = (it: string) => join(this.home.dir, 'operator', it);
    await startProcess(this.home, {
      name,
      command: process.execPath,
      args: [OPERATOR],
      env: {
        ...nodeEnv(),
        GOVCLOUD_KUBECONFIG: file('kubeconfig'),
        GOVCLOUD_CREDENTIAL_KEY_FILE: file('credential.key'),
        GOVCLOUD_DATABASE_HOST: this.postgres.host,
        GOVCLOUD_DATABASE_PORT: String(this.postgres.port),
        GOVCLOUD_DATABASE_NAME: this.postgres.database,
        GOVCLOUD_HEALTH_PORT: String(ports[name]),
        GOVCLOUD_HUB_AUDIT_LOG: this.hub.auditLog ?? '',
        ...this.env,
        ...env,
      },
      ready: async (signal) => {
        const url = `http://127.0.0.1:${ports[name]}`;
        return (await isReadOnly(url, signal)) || answersOk(`${url}/readyz`, signal);
      },
    });
  }

  /** Ends a process of the city as a power cut would. */
  async kill(name = 'operator'): Promise<void> {
    const record = listProcesses(this.home.dir).find((it) => it.name === name && it.alive);
    if (!record) throw new Error(`${name} does not run`);
    process.kill(record.pid, 'SIGKILL');
    await this.until(`${name} is gone`, () => !isRunning(this.home.dir, name));
  }

  /** Kills the API server of the hub or the member. @returns what starts it again as it was */
  async killApiServer(cluster: string): Promise<() => Promise<void>> {
    const { client } = cluster === this.member.name ? this.member : this.hub;
    return this.killForLater(`${cluster}-apiserver`, async (signal) => {
      return (await client.raw('/readyz', { signal })) === 'ok';
    });
  }

  /** Stops the hub and sets its etcd back to a copy, or takes a copy, as a backup does. The books go on. */
  async withHubStopped(work: (etcdData: string) => void): Promise<void> {
    const dir = join(this.home.dir, 'clusters', HUB);
    const pki = (file: string) => join(dir, 'pki', file);
    const startApiServer = await this.killApiServer(HUB);
    const url = `https://127.0.0.1:${this.home.state.ports[`${HUB}-etcd.client`]}/health`;
    const tls = { ca: pki('etcd-ca.crt'), cert: pki('etcd-client.crt'), key: pki('etcd-client.key') };
    const startEtcd = await this.killForLater(`${HUB}-etcd`, (signal) => answersOk(url, signal, tls));
    work(join(dir, 'etcd'));
    await startEtcd();
    await startApiServer();
  }

  /** Stops the books and their operator, and sets them back to a copy, or takes a copy. The hub goes on. */
  async withBooksStopped(work: (data: string) => void): Promise<void> {
    await this.kill();
    await this.kill('postgres');
    work(this.postgres.data);
    await startPostgres(this.home, { unsafeNoFsync: true });
    await this.startOperator();
  }

  private async killForLater(name: string, ready: ProcessSpec['ready']): Promise<() => Promise<void>> {
    const record = listProcesses(this.home.dir).find((it) => it.name === name);
    const [command = '', ...args] = record?.command ?? [];
    await this.kill(name);
    return async () => void (await startProcess(this.home, { name, command, args, ready }));
  }

  /** What an operator has logged so far. Lines that are no JSON (a crash of Node itself) fail the test that reads. */
  log(name = 'operator'): readonly LogLine[] {
    return this.logText(name)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as LogLine);
  }

  private logText(name: string): string {
    const path = join(this.home.dir, 'logs', `${name}.log`);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  private tail(): string {
    return `operator.log ends:\n${this.logText('operator').split('\n').slice(-12).join('\n')}`;
  }

  /** Ends every process and deletes every file. */
  async stop(): Promise<void> {
    await this.books.destroy();
    for (const { client } of this.people.values()) client.close();
    this.hub.client.close();
    this.member.client.close();
    await stopAll(this.home);
    this.home.close();
    for (const folder of [...postgresFoldersOutside(this.home), this.home.dir]) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The amounts of one holder, by resource, zero left out. */
function amountsOf(
  balances: readonly Balance[],
  leg: 'posted' | 'pending' | 'hard',
): Readonly<Record<string, string>> {
  const amounts = balances.map((it) => [it.account.resource, it[leg].value] as const);
  return ResourceVector.of(Object.fromEntries(amounts)).toQuantities();
}

/** Whether the operator has heard of all that was applied: no object shows it, and until then it would refuse requests. */
async function hasPicture({ operatorUrl, city }: RunningCity): Promise<boolean> {
  const metrics = await (await fetch(`${operatorUrl}/metrics`)).text();
  return KINDS.every(({ kind, plural }) => {
    const applied = city.manifests.filter((it) => it.kind === kind).length;
    // Of some kinds the operator reads one object when it needs it.
    if (applied === 0) return true;
    const seen = new RegExp(`^govcloud_informer_objects\\{[^}]*"${plural}"[^}]*\\} (\\d+)$`, 'm').exec(
      metrics,
    )?.[1];
    return Number(seen) >= applied;
  });
}

async function seenIn(
  client: KubeClient,
  resource: ResourceRef,
  name: ObjectName,
  wanted: (object: Stored<KubeObject> | undefined) => boolean,
  timeoutMs: number,
  tail: () => string,
): Promise<Stored<KubeObject> | undefined> {
  let last: Stored<KubeObject> | undefined;
  try {
    return await waitFor(
      client,
      resource,
      name,
      (object) => {
        last = object;
        return wanted(object);
      },
      { timeoutMs },
    );
  } catch (error) {
    if (!(error instanceof KubeClientError && error.code === 'E_WAIT_TIMEOUT')) throw error;
    const { spec, status } = last ?? {};
    throw new Error(`${error.message}; last seen: ${JSON.stringify({ spec, status }, null, 1)}\n${tail()}`, {
      cause: error,
    });
  }
}

/** An object's condition. */
export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((it) => it.type === type);
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}
