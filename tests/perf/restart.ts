import { resourceOf } from '../../api/kind.ts';
import { Delegation, KINDS } from '../../api/v1alpha1/index.ts';
import type { Books } from '../../books/database.ts';
import { ALLOCATION_LABEL } from '../../domain/allocation/objects.ts';
import { ALLOWED_KINDS, OPENSTACK_KINDS } from '../../domain/catalogue/render.ts';
import { KubeClient } from '../../kube/client.ts';
import { LAST_SEEN_MS } from '../../operator/controllers/membercluster/controller.ts';
import { CONFIG_MAPS, CONTROLLER_REVISIONS, SYSTEM_NAMESPACE } from '../../operator/adapters/hub.ts';
import { startOperator } from '../../tools/city/services.ts';
import { type Home, openHome } from '../../tools/localcity/home.ts';
import { stopAll } from '../../tools/localcity/process.ts';
import { waitUntil } from '../../tools/localcity/wait.ts';
import { apiWritesByKind } from './api-writes.ts';
import type { PerfCity } from './city.ts';
import { type Figure, figureOf } from './figures.ts';
import type { Asker } from './large-city.ts';
import type { People } from './people.ts';

/** How long an operator may take to look at everything. */
const LIMIT_MS = 600_000;
const POLL_MS = 25;
/** Without anything new for so long, an operator has looked at everything. */
const QUIET_MS = 2_000;

/** What the operator keeps a picture of: delegations it lists when it needs them. */
const FOLLOWED = KINDS.filter((kind) => kind !== Delegation);
/** Where is written when the member was last seen. */
const LAST_SEEN = 'hub PUT memberclusters status';

interface Settled {
  /** The city's folder. */
  readonly dir: string;
  readonly city: PerfCity;
  readonly books: Books;
  readonly people: People;
  /** Whose request comes while the operator starts. */
  readonly asker: Asker;
  readonly say: (line: string) => void;
}

/**
 * Starts the operator anew on a city in which everything is settled: what it writes, how long it takes until its
 * picture is whole and until it has looked at everything, and when a request that comes meanwhile is quoted and held.
 */
export async function measureRestart(settled: Settled): Promise<readonly Figure[]> {
  const { city, books, people, asker, say } = settled;
  const home = openHome(settled.dir);
  try {
    await quiet(city);
    const idle = await untilHeld(people, asker);
    await quiet(city);

    const [list, objects] = await timed(() => bareList(city));
    say(`restart: a bare list of ${objects} objects takes ${list.toFixed(0)} ms`);
    const before = await writesOf(city, books);
    await stopAll(home, { only: (name) => name === 'operator' });
    const started = performance.now();
    const starting = start(home, city);
    await untilMetrics(city, isWhole);
    const whole = performance.now() - started;
    await starting;
    const looked = (await quiet(city)) - started;
    const after = await writesOf(city, books);
    // That the member was seen is written at rest, too.
    const seen = Math.ceil(looked / LAST_SEEN_MS);
    const made = [...after].flatMap(([where, count]) => {
      const more = count - (before.get(where) ?? 0) - (where === LAST_SEEN ? seen : 0);
      return more <= 0 ? [] : [{ where, more }];
    });
    const writes = made.reduce((sum, { more }) => sum + more, 0);
    say(`restart: whole after ${whole.toFixed(0)} ms, all looked at after ${looked.toFixed(0)} ms`);
    say(
      `restart: ${writes} writes: ${made.map(({ where, more }) => `${more} x ${where}`).join(', ') || 'none'}`,
    );

    await stopAll(home, { only: (name) => name === 'operator' });
    const again = start(home, city);
    const held = await untilHeld(people, asker);
    await again;
    // What comes after is not measured beside the operator's look at everything.
    await quiet(city);
    say(
      `restart: a request that came meanwhile was held after ${held.toFixed(0)} ms, else ${idle.toFixed(0)} ms`,
    );

    const floor = `bare list of ${objects} objects`;
    return [
      figureOf(
        {
          name: 'writes after a restart',
          floor: 'none but that the member was seen',
          unit: 'writes',
          aim: { of: 'figure', atMost: 0 },
        },
        [{ value: writes, floor: 0 }],
      ),
      figureOf(
        { name: 'restart until the picture is whole', floor, unit: 'ms', aim: { of: 'ratio', atMost: 2 } },
        [{ value: whole, floor: list }],
      ),
      figureOf({ name: 'restart until all is looked at', floor, unit: 'ms' }, [
        { value: looked, floor: list },
      ]),
      figureOf({ name: 'a request during a restart is held', floor: 'on a city at rest', unit: 'ms' }, [
        { value: held, floor: idle },
      ]),
    ];
  } finally {
    home.close();
  }
}

async function start(home: Home, { hub, postgres }: PerfCity): Promise<void> {
  await startOperator(home, hub, postgres, {}, {});
}

async function untilHeld(people: People, asker: Asker): Promise<number> {
  const [took] = await timed(async () => people.reviewOpen(await people.submit(asker), 'initial'));
  return took;
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const started = performance.now();
  const result = await work();
  return [performance.now() - started, result];
}

/** Lists what the operator's picture holds, the kinds side by side as the operator does. @returns how many objects */
async function bareList({ hub, member }: PerfCity): Promise<number> {
  const [inHub, inMember] = [hub.client, member.client].map(({ access }) => new KubeClient(access)) as [
    KubeClient,
    KubeClient,
  ];
  try {
    const inSystem = { namespace: SYSTEM_NAMESPACE };
    const lists = await Promise.all([
      ...FOLLOWED.map((kind) => inHub.list(resourceOf(kind))),
      inHub.list(CONTROLLER_REVISIONS, inSystem),
      inHub.list(CONFIG_MAPS, inSystem),
      ...[...ALLOWED_KINDS]
        .filter((it) => !OPENSTACK_KINDS.has(it))
        .map(async (allowed) => {
          const [kind = '', version = '', group = ''] = allowed.split('/').reverse();
          const resource = await inMember.discover(group ? `${group}/${version}` : version, kind);
          return inMember.list(resource, { labelSelector: ALLOCATION_LABEL });
        }),
    ]);
    return lists.reduce((sum, { items }) => sum + items.length, 0);
  } finally {
    inHub.close();
    inMember.close();
  }
}

/** How many writes there were so far, by where they went. */
async function writesOf({ hub, member }: PerfCity, books: Books): Promise<ReadonlyMap<string, number>> {
  const [inHub, inMember, inBooks] = await Promise.all([
    apiWritesByKind(hub.client),
    apiWritesByKind(member.client),
    recordsOf(books),
  ]);
  return new Map([
    ...[...inHub].map(([kind, count]) => [`hub ${kind}`, count] as const),
    ...[...inMember].map(([kind, count]) => [`member ${kind}`, count] as const),
    ['books', inBooks],
  ]);
}

/** What is in the chain but that an operator leads now, and what others wrote on the hub: the token that it starts with. */
async function recordsOf(books: Books): Promise<number> {
  const { count } = await books
    .selectFrom('audit')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .where('action', 'not in', ['epoch.take', 'hub.write'])
    .executeTakeFirstOrThrow();
  return Number(count);
}

type Metrics = ReadonlyMap<string, readonly number[]>;

/** The operator's own figures by name; none while it does not answer. */
async function metricsOf({ operatorUrl }: PerfCity): Promise<Metrics> {
  const metrics = new Map<string, number[]>();
  try {
    const text = await (await fetch(`${operatorUrl}/metrics`)).text();
    for (const [, name = '', value] of text.matchAll(/^(\w+)(?:\{[^}]*\})? (\S+)$/gm))
      metrics.set(name, [...(metrics.get(name) ?? []), Number(value)]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  return metrics;
}

async function untilMetrics(city: PerfCity, wanted: (metrics: Metrics) => boolean): Promise<void> {
  const reached = await waitUntil(async () => wanted(await metricsOf(city)), {
    limitMs: LIMIT_MS,
    pollMs: POLL_MS,
  });
  if (!reached) throw new Error(`the operator has not come so far within ${LIMIT_MS} ms`);
}

/** Each of its informers is synced: our kinds, what it keeps in its namespace, and the kinds in the one member. */
function isWhole(metrics: Metrics): boolean {
  const synced = metrics.get('govcloud_informer_synced') ?? [];
  return (
    synced.length >= FOLLOWED.length + 2 + ALLOWED_KINDS.size - OPENSTACK_KINDS.size &&
    synced.every((it) => it === 1)
  );
}

/** Waits until the operator has had nothing to do for a while. @returns when it had last, by this process's clock */
async function quiet(city: PerfCity): Promise<number> {
  let last = { done: -1, at: performance.now() };
  await untilMetrics(city, (metrics) => {
    const sum = (name: string) => (metrics.get(name) ?? []).reduce((a, b) => a + b, 0);
    const done = sum('workqueue_work_duration_seconds_count');
    if (done !== last.done || sum('workqueue_depth') > 0 || !isWhole(metrics))
      last = { done, at: performance.now() };
    return performance.now() - last.at > QUIET_MS;
  });
  return last.at;
}
