import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Allocation, CatalogItem, UsageFinding } from '../../api/v1alpha1/index.ts';
import type { Books } from '../../books/database.ts';
import { type Session, takeEpoch } from '../../books/session.ts';
import { readActiveUsers } from '../../books/active-users.ts';
import { readUse } from '../../books/usage.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { digestOf } from '../../domain/canonical.ts';
import type { GovError } from '../../domain/errors.ts';
import { KubeError } from '../../kube/errors.ts';
import { type Day, dayOf, DAY_STEPS, STEP_SECONDS } from '../../domain/usage/day.ts';
import { activeExpressions } from '../../domain/usage/active.ts';
import { expressionOf, SOURCES } from '../../domain/usage/sources.ts';
import { BooksOfTerm } from '../../operator/adapters/books.ts';
import { Prometheus } from '../../operator/adapters/prometheus.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { UsageJudge } from '../../operator/usage/judge.ts';
import { UsageWorker } from '../../operator/usage/worker.ts';
import { cacheRoot } from '../../tools/localcity/go.ts';
import { startPrometheus } from '../../tools/localcity/prometheus.ts';
import { stopAll } from '../../tools/localcity/process.ts';
import { prometheusBinaries } from '../../tools/prometheus.ts';
import {
  BEHAVIOUR_VERSION,
  BEHAVIOURS,
  type Behaviour,
  behaviourOf,
  type Line,
  linesOf,
} from '../../tools/usage/behaviour.ts';
import { makeHistory } from '../../tools/usage/history.ts';
import { type Thing, thingsOf } from '../../tools/usage/things.ts';
import { createBooks, prepareBooks, type TestBooks } from '../support/books.ts';
import { openTestCity } from '../support/clusters.ts';

const START_MS = 120_000;
/** What the city of Shanwei judges use by. */
const cityPolicy = (
  load(readFileSync(join(import.meta.dirname, '../../stacks/shanwei/usage-policy.yaml'), 'utf8')) as {
    data: { 'policy.yaml': string };
  }
).data['policy.yaml'];
const SECONDS_A_DAY = 86_400;
/** Of history, as the local city has it. */
const HISTORY_DAYS = 92;
/** A day that the history does not have at all is so many days before yesterday; those after it are whole. */
const GONE_BACK = 40;
/** The newest days have more than the local city's: faults, and users. */
const OWN_DAYS = 8;
/** So many days are rolled up while Prometheus takes little at once. */
const CUT_DAYS = 6;

const city = openTestCity();
const log = pino({ level: 'silent' });
const stop = new AbortController();
let test_: TestBooks;
let books: Books;
let session: Session;
let yesterday: string;
let history: readonly string[];

/** A namespace for each behaviour. */
const namespaceOf = Object.fromEntries(
  BEHAVIOURS.map((behaviour) => {
    let index = 0;
    while (behaviourOf(`health-s${index}`) !== behaviour) index += 1;
    return [behaviour, `health-s${index}`];
  }),
) as Record<Behaviour, string>;

const limits = { cpu: '4', memory: '8Gi' };
const statefulSet = (name: string) => ({
  kind: 'StatefulSet',
  metadata: { name },
  spec: { replicas: 1, template: { spec: { containers: [{ resources: { limits } }] } } },
});
const machine = (name: string) => ({
  kind: 'VirtualMachine',
  metadata: { name },
  spec: {
    template: {
      spec: {
        domain: { resources: { limits } },
        volumes: [{ persistentVolumeClaim: { claimName: `${name}-data` } }],
      },
    },
  },
});
const claim = (name: string, volumeMode: string) => ({
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { volumeMode, resources: { requests: { storage: '100Gi' } } },
});
const quota = (name: string) => ({
  kind: 'ResourceQuota',
  metadata: { name },
  spec: { hard: { 'requests.cpu': '4', 'requests.memory': '8Gi', 'requests.storage': '100Gi' } },
});

const objects = [
  ...(['busy', 'idle', 'gaps', 'reset'] as const).flatMap((behaviour) =>
    [statefulSet('db-0'), claim('db-0-data', 'Filesystem')].map((object) => ({
      namespace: namespaceOf[behaviour],
      object,
    })),
  ),
  ...(['growing', 'seasonal'] as const).flatMap((behaviour) =>
    [machine('vm-0'), claim('vm-0-data', 'Block')].map((object) => ({
      namespace: namespaceOf[behaviour],
      object,
    })),
  ),
  { namespace: namespaceOf.renamed, object: quota('apps') },
];

/** What systems tell of their users; of each, as many as the day of the month is. */
function userLines(namespace: string, time: number): readonly Line[] {
  const date = Number(cityDay(new Date(time * 1000).toISOString()).slice(8));
  const told = (system: string, active: number, where = namespace, more = '') => [
    {
      metric: 'govcloud_system_monthly_active_users',
      labels: `namespace="${where}",system="${system}"${more}`,
      value: active,
    },
    {
      metric: 'govcloud_system_target_users',
      labels: `namespace="${where}",system="${system}"${more}`,
      value: 100,
    },
  ];
  switch (namespace) {
    case namespaceOf.busy:
      // And says something of another, which is not for it to say.
      return [...told('busy', date), ...told('idle', 99)];
    case namespaceOf.gaps:
      return told('gaps', date);
    case namespaceOf.reset:
      return [...told('reset', date, namespace, ',pod="a"'), ...told('reset', date, namespace, ',pod="b"')];
    case namespaceOf.growing:
      return told('growing', date, 'gov-health');
    case namespaceOf.renamed:
      return told('renamed', 1e300);
    default:
      return [];
  }
}

/** With what a broken exporter would add: a series twice, and a value that is none, for six hours of a day. */
function withFaults(thing: Thing, time: number): readonly Line[] {
  const seen = linesOf(thing, time);
  const lines =
    thing.kind === 'namespace' && seen.length > 0 ? [...seen, ...userLines(thing.namespace, time)] : seen;
  const day = dayOf(dayAfter(yesterday, -3));
  if (thing.namespace !== namespaceOf.busy || time < day.start || time >= day.start + SECONDS_A_DAY / 4)
    return lines;
  return lines.flatMap((line) => {
    if (line.metric === 'container_memory_working_set_bytes')
      return [line, { ...line, labels: `${line.labels},replica="b"` }];
    return line.metric === 'kubelet_volume_stats_used_bytes' ? [{ ...line, value: Number.NaN }] : [line];
  });
}

function allocation(
  behaviour: Behaviour,
  kind: 'db' | 'vm' | 'apps',
  { organization, system } = { organization: 'health', system: behaviour as string },
): Allocation {
  const namespace = namespaceOf[behaviour];
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Allocation',
    metadata: { name: `${behaviour}-${kind}`, namespace: 'gov-health', uid: `uid-${behaviour}` },
    spec: {
      organization,
      system,
      item: kind,
      itemVersion: kind,
      pool: 'pool-a',
      zone: 'extranet',
      arch: 'amd64',
      from: '2020-01-01',
      fulfilment: 'auto',
      quantity: 1,
      parameters: {},
      revision: 1,
      consumes: { vcpu: '4', memory: '8Gi', ssd: '100Gi' },
    } as Allocation['spec'],
    status: {
      observedRevision: 1,
      namespace,
      objects: objects
        .filter((it) => it.namespace === namespace)
        .map(({ object }) => ({
          apiVersion: 'v1',
          kind: object.kind,
          name: object.metadata.name,
          template: 't',
        })),
    },
  };
}

/** A system that the city's policy knows to have a season. */
const SEASONAL = { organization: '441500-zsj', system: 'zhongyang-chufang' };

const allocations = [
  allocation('busy', 'db'),
  allocation('idle', 'db'),
  allocation('gaps', 'db'),
  allocation('reset', 'db'),
  allocation('growing', 'vm'),
  allocation('renamed', 'apps'),
  allocation('seasonal', 'vm', SEASONAL),
];

/** Granted, but not made yet: what is to be seen of it is not known. */
const notMade: Allocation = {
  ...allocation('busy', 'vm', { organization: 'health', system: 'not-made' }),
  metadata: { name: 'not-made', namespace: 'gov-health', uid: 'uid-not-made' },
};
delete notMade.status;

/** Granted and given back within one day, of which nothing stands any more. */
function shortLived(): Allocation {
  const day = dayAfter(yesterday, -1);
  const { metadata, spec, status: all } = allocation('busy', 'db');
  const at = `${day}T12:00:00+08:00`;
  const ready = {
    type: 'Ready',
    status: 'False',
    reason: 'Reclaimed',
    message: '',
    lastTransitionTime: at,
  } as const;
  return {
    ...allocation('busy', 'db'),
    metadata: { ...metadata, name: 'short', uid: 'uid-short' },
    spec: { ...spec, itemVersion: 'short', from: day, quantity: 1, parameters: {} },
    status: { ...all, state: 'Reclaimed', objects: [], conditions: [ready] },
  };
}

const counts = { failed: new Map<string, number>(), asked: [] as number[], behind: -1 };

function worker(
  url: string,
  timeoutMs = 60_000,
  rolledUp: () => void = () => {},
  more: readonly Allocation[] = [],
): UsageWorker {
  return new UsageWorker({
    prometheus: new Prometheus({ url, timeoutMs }),
    hub: {
      allocations: { list: () => [...allocations, notMade, shortLived(), ...more] } as never,
      itemAt: (version) =>
        ({
          fulfilment: 'auto',
          namespace: version === 'apps' ? 'allocation' : 'system',
          templates: [
            {
              name: 'database',
              each: 'unit',
              object: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: "db-${index}" }',
            },
          ],
        }) as CatalogItem['spec'],
    },
    books: new BooksOfTerm(session),
    readOnly: { why: undefined },
    clock: systemClock,
    random: () => 0,
    log,
    metrics: {
      behind: (days) => {
        counts.behind = days;
      },
      rolledUp,
      failed: (code) => counts.failed.set(code, (counts.failed.get(code) ?? 0) + 1),
      asked: (samples) => counts.asked.push(samples),
    },
    judge: async () => {},
  });
}

const start = (flags: readonly string[] = []) =>
  startPrometheus(
    city.home,
    { prometheus: prometheusBinaries().prometheus, targets: [], history, flags },
    {},
  );
const stopPrometheus = () => stopAll(city.home, { only: (name) => name === 'prometheus' });

async function used(
  behaviour: Behaviour,
  resource: string,
  from = dayAfter(yesterday, -5),
  until = yesterday,
) {
  const { items } = await readUse(books, { from, until, uid: `uid-${behaviour}` });
  const found = items.find((it) => it.resource === resource);
  if (!found) throw new Error(`no ${resource} of ${behaviour}`);
  return found;
}

const rows = async () =>
  (await sql<{ count: number }>`SELECT count(*)::integer AS count FROM books.daily_use`.execute(books))
    .rows[0]?.count;

beforeAll(async () => {
  const postgres = await city.startPostgres();
  await prepareBooks(postgres);
  test_ = await createBooks(postgres);
  books = test_.as('govcloud_operator');
  session = { books, epoch: await takeEpoch(books, 'test'), actor: 'test' };
  const now = Date.now();
  yesterday = dayAfter(cityDay(new Date(now - 10 * 60_000).toISOString()), -1);
  const { promtool } = prometheusBinaries();
  const today = Math.floor(now / 1000 / SECONDS_A_DAY);
  const things = thingsOf(objects);
  // A day of the city is of two days of UTC.
  const gone = Math.floor(dayOf(dayAfter(yesterday, -GONE_BACK)).start / SECONDS_A_DAY);
  const days = Array.from({ length: HISTORY_DAYS }, (_, index) => today - index).filter(
    (day) => day !== gone && day !== gone + 1,
  );
  const key = digestOf([BEHAVIOUR_VERSION, things as never]).slice(0, 12);
  const [old, own] = [
    // The same for everybody: kept for the next run on this machine.
    { folder: join(cacheRoot(process.env), `usage-history-${key}`), days: days.slice(OWN_DAYS) },
    { folder: join(city.home.dir, 'history'), days: days.slice(0, OWN_DAYS), lines: withFaults },
  ];
  history = [
    ...(await makeHistory({ promtool, things, ...old })),
    ...(await makeHistory({ promtool, things, ...own })),
  ];
}, START_MS);

afterAll(async () => {
  stop.abort();
  await test_?.close();
  await city.stop();
});

describe('with Prometheus away', () => {
  test('nothing is half done, and what is wrong is said', async () => {
    const nobody = worker('http://127.0.0.1:1').catchUp(stop.signal);
    await expect(nobody).rejects.toMatchObject({ code: 'E_PROMETHEUS_UNREACHABLE' });
    const silent = createServer();
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as { port: number };
    const slow = worker(`http://127.0.0.1:${port}`, 50).catchUp(stop.signal);
    await expect(slow).rejects.toMatchObject({ code: 'E_PROMETHEUS_SLOW' });
    silent.close();
    expect(await rows()).toBe(0);
  });

  test('a limit of samples below what one moment has is told as such', async () => {
    const url = await start(['--query.max-samples=1']);
    await expect(worker(url).catchUp(stop.signal)).rejects.toMatchObject({ code: 'E_PROMETHEUS_LIMIT' });
    expect(await rows()).toBe(0);
    await stopPrometheus();
  });
});

describe('rolled up', () => {
  let url: string;
  /** What there was when some days were done, and the most samples that an answer had until then. */
  let begun: readonly string[];
  let telling: readonly string[];
  let most: number;

  beforeAll(async () => {
    // Far less than a day of one series: each query is cut until it fits.
    url = await start(['--query.max-samples=900']);
    const early = new AbortController();
    let done = 0;
    const some = () => {
      done += 1;
      if (done === CUT_DAYS) early.abort();
    };
    // One of a batch that is not whole yet: where its system may tell of its users is not known before.
    const fresh = { ...notMade, spec: { ...notMade.spec, system: 'idle' } };
    const metadata = { ...notMade.metadata, creationTimestamp: new Date().toISOString() };
    await worker(url, 60_000, some, [{ ...fresh, metadata }]).catchUp(early.signal);
    const { rows: told } = await sql<{ system: string }>`
      SELECT DISTINCT system FROM books.daily_active_users ORDER BY system`.execute(books);
    telling = told.map(({ system }) => system);
    const { rows: days } = await sql<{ day: string }>`
      SELECT DISTINCT day::text AS day FROM books.daily_use ORDER BY day DESC`.execute(books);
    begun = days.map(({ day }) => day);
    most = Math.max(...counts.asked);
    await stopPrometheus();
    url = await start();
    await worker(url).catchUp(stop.signal);
  }, START_MS);

  test('yesterday comes first, and what Prometheus takes at once is enough', () => {
    expect(begun).toEqual(Array.from({ length: CUT_DAYS }, (_, back) => dayAfter(yesterday, -back)));
    expect(most).toBeLessThanOrEqual(900);
  });

  test('a system that still gets allocations is not asked for its users yet', () => {
    expect(telling).toEqual(['busy', 'gaps', 'growing', 'renamed', 'reset', SEASONAL.system]);
  });

  test.each(['.*', `x"} or {namespace=~".+`, 'health-s.', Object.values(namespaceOf).join('|'), 'x\\'])(
    'a name that would be a query is a name: %s',
    async (name) => {
      const { start: from } = dayOf(yesterday);
      const times = { start: from, end: from + SECONDS_A_DAY, step: STEP_SECONDS };
      const prometheus = new Prometheus({ url, timeoutMs: 60_000 });
      for (const source of SOURCES) {
        for (const names of [[name], [name, 'nobody']])
          expect(await prometheus.range(expressionOf(source, names), times, stop.signal)).toEqual([]);
      }
      const { told } = activeExpressions('active', [name], [name]);
      expect(await prometheus.range(told, times, stop.signal)).toEqual([]);
    },
  );

  test('every day of the last ninety has a row for each resource', async () => {
    expect(await rows()).toBe((90 * allocations.length + 1) * 4);
    const { rows: told } = await sql<{ count: number }>`
      SELECT count(*)::integer AS count FROM books.daily_active_users`.execute(books);
    expect(told[0]?.count).toBe(90 * allocations.length);
    expect(counts.behind).toBe(0);
  });

  test('with the figures that the samples give', async () => {
    for (const back of [1, 85]) {
      const day = dayOf(dayAfter(yesterday, -back));
      for (const [behaviour, kind] of [
        ['idle', 'pod'],
        ['growing', 'machine'],
        ['seasonal', 'machine'],
      ] as const) {
        const cpu = await used(behaviour, 'cpu', day.name, day.name);
        const expected = expectedCpu(behaviour, kind, day);
        expect(cpu.samples).toBe(DAY_STEPS);
        expect(Object.values(cpu.figures ?? {}).map(({ value }) => Number(value))).toEqual(expected);
      }
    }
  });

  test('what was given back within the day has that day, and no other', async () => {
    const day = dayAfter(yesterday, -1);
    const { items } = await readUse(books, { from: '2026-01-01', until: yesterday, uid: 'uid-short' });
    const busy = await used('busy', 'cpu', day, day);
    expect(items[0]).toMatchObject({ resource: 'cpu', days: 1, first: day, figures: busy.figures });
  });

  test('a gap lowers coverage, and is not idle', async () => {
    const whole = await used('idle', 'cpu');
    const gaps = await used('gaps', 'cpu');
    expect(whole.samples).toBe(6 * DAY_STEPS);
    expect(gaps.samples).toBeLessThan(0.9 * whole.samples);
    expect(gaps.figures?.mean.value).toBeGreaterThan(0n);
  });

  test('a counter that began anew costs nothing and adds nothing', async () => {
    // Often enough that one of these days had it.
    const from = dayAfter(yesterday, 2 - GONE_BACK);
    const cpu = await used('reset', 'cpu', from);
    expect(cpu.samples).toBe((GONE_BACK - 1) * DAY_STEPS);
    expect(cpu.figures?.max.value).toBeLessThan(4000n);
  });

  test('a workload that its tenants renamed goes on', async () => {
    // On one of these days it was; two days' samples are gone for all.
    const from = dayAfter(yesterday, 1 - 89);
    const cpu = await used('renamed', 'cpu', from);
    const idle = await used('idle', 'cpu', from);
    expect(idle.samples).toBeGreaterThanOrEqual(87 * DAY_STEPS - 1);
    expect(cpu.samples).toBeGreaterThanOrEqual(idle.samples - 1);
  });

  test('duplicates and values that are none are dropped and named', async () => {
    const memory = await used('busy', 'memory');
    const storage = await used('busy', 'storage');
    // Prometheus shows a series for five minutes after its last sample; the first moment is the day before's last.
    expect(memory.samples).toBe(6 * DAY_STEPS - DAY_STEPS / 4 - 1);
    expect(storage.samples).toBe(6 * DAY_STEPS - DAY_STEPS / 4);
    expect(memory.faults).toMatchObject([{ code: 'duplicate', steps: expect.any(Number) }]);
    expect(storage.faults).toMatchObject([
      { code: 'invalid', series: expect.stringContaining('kubelet_volume_stats_used_bytes') },
    ]);
  });

  test('days without any sample have no figures', async () => {
    const day = dayAfter(yesterday, -GONE_BACK);
    const { figures, samples, days } = await used('busy', 'cpu', day, day);
    expect({ figures, samples, days }).toEqual({ figures: undefined, samples: 0, days: 1 });
  });

  test('what systems tell of their users, once each and from their own namespaces', async () => {
    // Within one month, of whose users the highest of the days counts.
    const until = yesterday.slice(8) === '01' ? dayAfter(yesterday, -1) : yesterday;
    const from = dayAfter(until, -1);
    const told = await readActiveUsers(books, { from, until });
    const date = BigInt(until.slice(8));
    const none = { days: 2, samples: 0, active: null, target: null };
    const whole = { days: 2, samples: 2 * DAY_STEPS, active: date, target: 100n };
    const expected = {
      [SEASONAL.system]: none,
      busy: whole,
      gaps: { ...whole, samples: expect.any(Number) },
      growing: whole,
      idle: none,
      renamed: none,
      reset: none,
    };
    expect(told.map(({ organization: _, system, ...it }) => [system, it])).toEqual(Object.entries(expected));
    expect(told.find(({ system }) => system === 'gaps')?.samples).toBeLessThan(1.9 * DAY_STEPS);
    const { rows: faults } = await sql<{ system: string; faults: { code: string; series: string }[] }>`
      SELECT system, faults FROM books.daily_active_users WHERE day = ${until}::date AND faults <> '[]'
      ORDER BY system`.execute(books);
    expect(faults).toMatchObject([
      {
        system: 'renamed',
        faults: [
          {
            code: 'invalid',
            series: `govcloud_system_monthly_active_users{namespace="${namespaceOf.renamed}",system="renamed"}`,
          },
        ],
      },
      { system: 'reset', faults: [{ code: 'duplicate', steps: DAY_STEPS + 1 }, { code: 'duplicate' }] },
    ]);
  });

  test('again, it asks for nothing and writes nothing', async () => {
    counts.asked.length = 0;
    expect(await worker('http://127.0.0.1:1').catchUp(stop.signal)).toBe(yesterday);
    expect(counts.asked).toEqual([]);
    const versions = sql<{
      xmin: string;
    }>`SELECT xmin::text FROM books.daily_use ORDER BY allocation_uid, day, resource`;
    const before = (await versions.execute(books)).rows;
    const known = await readUse(books, { from: yesterday, until: yesterday, uid: 'uid-idle' });
    const use = known.items.map(({ resource, samples, figures }) => ({
      resource,
      samples,
      faults: [],
      ...(figures ? { figures } : {}),
    }));
    const [first] = known.items;
    if (!first) throw new Error('no use');
    const granted = Object.fromEntries(known.items.map((it) => [it.resource, it.granted.value])) as never;
    const again = [{ metered: first.metered, granted, used: use }];
    await new BooksOfTerm(session).recordUse(yesterday, again);
    await new BooksOfTerm(session).recordUse(yesterday, again);
    const after = (await versions.execute(books)).rows;
    expect(after.filter((row, index) => row.xmin !== before[index]?.xmin).length).toBeLessThanOrEqual(4);
    expect(after.length).toBe(before.length);
  });

  test('by the leader alone', async () => {
    const old = { ...session, epoch: session.epoch - 1n };
    const write = new BooksOfTerm(old).recordUse(yesterday, [
      {
        metered: (await used('idle', 'cpu')).metered,
        granted: {} as never,
        used: [{ resource: 'cpu', samples: 0, faults: [] }],
      },
    ]);
    await expect(write).rejects.toMatchObject({ code: 'E_FENCED' } satisfies Partial<GovError>);
    const tell = new BooksOfTerm(old).recordActiveUsers(yesterday, [
      { organization: 'health', system: 'busy', told: { samples: 0, faults: [] } },
    ]);
    await expect(tell).rejects.toMatchObject({ code: 'E_FENCED' } satisfies Partial<GovError>);
  });
});

test('judged by the city’s policy of thirty days, once for each day: idle is found, and not what has gaps or a season', async () => {
  const written: UsageFinding[] = [];
  let policy = '';
  let isOvertaken = true;
  const create = async (_: unknown, finding: UsageFinding) => {
    if (isOvertaken) throw new KubeError(409, { message: 'no', reason: 'AlreadyExists' });
    written.push(finding);
  };
  const judge = new UsageJudge({
    hub: {
      client: { create },
      allocations: { byUid: (uid: string) => allocations.find(({ metadata }) => metadata.uid === uid) },
      findings: { get: () => undefined },
      items: { get: () => undefined },
      systems: { get: () => undefined },
      configuration: {
        get: (key: string) =>
          key.endsWith('/usage-policy') ? { data: { 'policy.yaml': policy } } : undefined,
      },
    } as never,
    books: new BooksOfTerm(session),
    log,
  });
  const today = dayAfter(yesterday, 1);
  const found = async (isNews = false) => {
    written.length = 0;
    await judge.judge(today, isNews, stop.signal);
    return written.map(({ metadata }) => metadata.name);
  };
  policy = 'policies: []';
  await expect(found()).rejects.toMatchObject({ code: 'E_USAGE_POLICY' });
  policy = cityPolicy.replace(/^ *findings:.*$/m, '');
  expect(await found()).toEqual([]);
  policy = cityPolicy;
  expect(await found()).toEqual([]);
  isOvertaken = false;
  const expected = ['idle-db-idle', ...(isGrownOut() ? ['growing-vm-undersized'] : [])];
  expect((await found()).toSorted()).toEqual(expected.toSorted());
  const days = thirtyDays();
  const p95 = Math.max(...days.map((day) => expectedCpu('idle', 'pod', day)[P95] as number));
  const whole = { coverageBasisPoints: 10_000 };
  expect(written.find(({ spec }) => spec.finding === 'Idle')?.spec).toMatchObject({
    from: days[0]?.name,
    until: yesterday,
    raised: today,
    evidence: [
      { resource: 'cpu', p95, ...whole },
      { resource: 'memory', ...whole },
      { resource: 'storage', ...whole },
    ],
  });
  expect(await found()).toEqual([]);
  expect((await found(true)).toSorted()).toEqual(expected.toSorted());
  expect(await found()).toEqual([]);
  policy = `${policy}\n`;
  expect((await found()).toSorted()).toEqual(expected.toSorted());
  policy = cityPolicy.replace(
    'exempt:\n',
    'exempt:\n      - { reason: seasonal, organization: health, system: idle }\n',
  );
  expect(await found()).not.toContain('idle-db-idle');
});

/** The days by which the city's policy judges, oldest first. */
function thirtyDays(): readonly Day[] {
  return Array.from({ length: 30 }, (_, index) => dayOf(dayAfter(yesterday, index - 29)));
}

/** Whether what grows has used, within thirty days, what the city's policy calls too much: by when it began to grow. */
function isGrownOut(): boolean {
  const thing = thingsOf(objects).find(
    (it) => it.namespace === namespaceOf.growing && it.kind === 'machine',
  ) as Thing;
  const usedMemory = (time: number) => {
    const of = (metric: string) =>
      linesOf(thing, time).find((it) => it.metric === metric)?.value ?? Number.NaN;
    return of('kubevirt_vmi_memory_available_bytes') - of('kubevirt_vmi_memory_usable_bytes');
  };
  return thirtyDays().some((day) => {
    const times = Array.from({ length: DAY_STEPS }, (_, step) => day.start + (step + 1) * STEP_SECONDS);
    const cpu = expectedCpu('growing', 'machine', day)[P95] as number;
    return cpu >= 0.85 * 4000 || Math.max(...times.map(usedMemory)) >= 0.95 * 8 * 1024 ** 3;
  });
}

/** Where the 95th percentile stands among `expectedCpu`. */
const P95 = 2;

/** Mean, median, p95, p99 and max of what a thing of ours used, worked out without any of what is tested. */
function expectedCpu(behaviour: Behaviour, kind: Thing['kind'], day: Day): number[] {
  const thing = thingsOf(objects).find((it) => it.namespace === namespaceOf[behaviour] && it.kind === kind);
  if (!thing) throw new Error('no such thing');
  const at = (time: number) =>
    linesOf(thing, time).find(({ metric }) => metric.includes('cpu_usage_seconds_total'))?.value ??
    Number.NaN;
  const rates = Array.from({ length: DAY_STEPS }, (_, step) => {
    const time = day.start + (step + 1) * STEP_SECONDS;
    return Math.round(((at(time) - at(time - STEP_SECONDS)) / STEP_SECONDS) * 1000);
  }).toSorted((a, b) => a - b);
  const rank = (percent: number) => rates[Math.ceil((percent / 100) * DAY_STEPS) - 1] as number;
  return [Math.round(rates.reduce((sum, it) => sum + it, 0) / DAY_STEPS), ...[50, 95, 99, 100].map(rank)];
}
