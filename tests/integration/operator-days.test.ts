import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { Allocation, ResourceRequest, StockImport, UsageFinding } from '../../api/v1alpha1/index.ts';
import { copiesOf } from '../../books/decisions.ts';
import type { Usage } from '../../api/reports/index.ts';
import { readAudit } from '../../books/reports.ts';
import { readTime } from '../../books/reports-requests.ts';
import { closedRequest } from '../../books/requests.ts';
import { recordUse } from '../../books/usage.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { Amount, ResourceVector } from '../../domain/quantity.ts';
import { DAY_STEPS, useUnitOf } from '../../domain/usage/day.ts';
import { PRESENCE, SOURCES } from '../../domain/usage/sources.ts';
import { grantedOf } from '../../domain/usage/subject.ts';
import type { KubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { govcloud } from '../e2e/cli-run.ts';
import { SMALL_CITY, SmallCity } from '../support/city.ts';
import {
  accept,
  approve,
  grantedBy,
  inReview,
  machines,
  provide,
  type StoredAllocation,
  type StoredRequest,
  type Wish,
} from '../support/people.ts';

/** What the operator does when days go by: closed requests leave the hub, and the use of grants is judged. */

const REQUESTS = resourceOf(ResourceRequest);

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start({}, { metered: true });
});

afterAll(() => city?.stop());

function run(person: string, ...args: string[]) {
  const env = { KUBECONFIG: join(city.home.dir, 'kubeconfig'), LANG: 'en_US.UTF-8' };
  return govcloud(['--context', person, ...args], { env });
}

async function cli(person: string, ...args: string[]): Promise<string> {
  const { exit, stdout, stderr } = await run(person, ...args);
  expect([args, exit, stderr]).toEqual([args, 0, '']);
  return stdout;
}

const inHub = async () => {
  const { items } = await city.hub.client.list(REQUESTS);
  return items.map(({ metadata }) => metadata.name).sort();
};

async function closed(request: StoredRequest): Promise<StoredRequest> {
  await city.until('the books have a copy', async () => {
    return (await closedRequest(city.books, { uid: request.metadata.uid })) !== undefined;
  });
  return city.get(ResourceRequest, request.metadata);
}

it('closed requests are kept for a time, then deleted, and show and list still answer', async () => {
  const ops = await city.person('wjj-ops');
  const wish: Wish = { action: 'Provision', lines: [machines(1)] };
  const used = await ops.submit(wish, 'used');
  await approve(city, used);
  const [allocation] = await grantedBy(city, used);
  if (!allocation) throw new Error('nothing was granted');
  const [withdrawn, open, unaccepted] = await Promise.all([
    ops.submit(wish, 'withdrawn'),
    ops.submit(wish, 'open'),
    ops.submit(wish, 'unaccepted'),
  ]);
  await city.seen(ResourceRequest, withdrawn.metadata, inReview);
  await ops.withdraw(withdrawn);
  await approve(city, unaccepted);
  await grantedBy(city, unaccepted);
  await city.seen(ResourceRequest, open.metadata, inReview);
  await accept(city, allocation);
  const { status } = await closed(used);
  await closed(withdrawn);
  const serial = status?.serial ?? '';

  expect(await inHub()).toEqual(['open', 'unaccepted', 'used', 'withdrawn']);

  await city.kill();
  await city.startOperator('operator', { GOVCLOUD_RESYNC_SECONDS: '1', GOVCLOUD_CLOSED_SECONDS: '1' });
  await city.until('the closed ones are gone', async () => {
    return (await inHub()).join() === 'open,unaccepted';
  });

  const page = await cli('wjj-ops', 'request', 'show', serial);
  expect(page).toContain(serial);
  expect(page).toMatch(/State +In use/);
  expect(await cli('wjj-ops', 'request', 'show', 'used')).toBe(page);
  expect(await cli('wjj-ops', 'request', 'list')).not.toContain(serial);
  const list = (await cli('wjj-ops', 'request', 'list', '--closed', '-o', 'name')).trimEnd().split('\n');
  expect(list.map((it) => it.split('/')[1]).sort()).toEqual(['used', 'withdrawn']);
  const everywhere = await cli('approver', 'request', 'list', '-A', '--closed', '--state', 'Withdrawn');
  expect(everywhere).toMatch(/gov-441500-wjj .*withdrawn/);
  expect(everywhere).not.toContain(serial);
  const whole = JSON.parse(await cli('wjj-ops', 'request', 'show', serial, '-o', 'json')) as StoredRequest;
  expect(whole).toMatchObject({
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'ResourceRequest',
    metadata: { name: 'used', uid: used.metadata.uid, creationTimestamp: used.metadata.creationTimestamp },
    spec: used.spec,
  });

  // What was granted goes on without its request, and a new one of the same name is another request.
  const again = await ops.submit(wish, 'used');
  await city.seen(ResourceRequest, again.metadata, inReview);
  expect((await city.get(ResourceRequest, again.metadata)).status?.serial).not.toBe(serial);
  const resized = await ops.submitChange(allocation, { action: 'Resize', lines: [machines(2)] });
  await approve(city, resized);
  await grantedBy(city, resized);
  await city.verifyBooks();
}, 300_000);

/** Puts into the books that an allocation used so many percent of its CPU and memory on each of the last days. */
async function putUse(allocation: StoredAllocation, cpu: number, memory: number): Promise<void> {
  const books = city.connect('govcloud_operator');
  const { epoch } = await books.selectFrom('fence').select('epoch').executeTakeFirstOrThrow();
  const today = cityDay((await readTime(books)).toISOString());
  const { metadata, spec } = allocation;
  const { organization, system, item, pool, zone, arch } = spec;
  const { uid, name, namespace = '' } = metadata;
  const granted = grantedOf(ResourceVector.parse(spec.consumes));
  const used = (resource: 'cpu' | 'memory', percent: number) => {
    const figure = Amount.of(useUnitOf(resource), (granted[resource] * BigInt(percent)) / 100n);
    const figures = { mean: figure, p50: figure, p95: figure, p99: figure, max: figure };
    return { resource, samples: DAY_STEPS, figures, faults: [] };
  };
  for (let back = 1; back <= 31; back += 1) {
    await recordUse({ books, epoch, actor: 'test' }, dayAfter(today, -back), [
      {
        metered: { uid, namespace, name, organization, system, item, pool, zone, arch, series: {} },
        granted,
        used: [used('cpu', cpu), used('memory', memory)],
      },
    ]);
  }
  await books.destroy();
}

/**
 * Kills the operator; another one judges what the books say of use.
 * @param prometheus what it asks for what is missing there; by default nothing is
 */
async function judgeAnew(prometheus = 'http://127.0.0.1:1'): Promise<void> {
  const times = () => city.log().filter(({ msg }) => msg === 'use is judged').length;
  const before = times();
  await city.kill();
  await city.startOperator('operator', { GOVCLOUD_PROMETHEUS_URL: prometheus });
  await city.until('use is judged', () => times() > before);
}

it('what use says against a grant is raised once, answered, judged and copied, and ends when use has changed', async () => {
  const [granted] = await provide(city, 'wjj-ops', [machines(1)]);
  const { metadata, spec } = granted as StoredAllocation;
  const place = { namespace: metadata.namespace ?? '', name: `${metadata.name}-idle` };
  const finding = (state: string) => city.seen(UsageFinding, place, ({ status }) => status?.state === state);
  await putUse(granted as StoredAllocation, 1, 5);
  await judgeAnew();
  const raised = await finding('Open');
  expect(raised.spec).toMatchObject({
    allocation: { name: metadata.name, uid: metadata.uid },
    owner: { organization: '441500-wjj', system: 'jiankang', person: expect.any(String) },
    finding: 'Idle',
    saving: { millicores: 2000 },
  });
  await judgeAnew();
  const { items } = await city.hub.client.list(resourceOf(UsageFinding));
  expect(items.map((it) => [it.metadata.uid, it.metadata.generation])).toEqual([[raised.metadata.uid, 1]]);

  const ops = await city.person('wjj-ops');
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => (error as KubeError).status,
    );
  const change = { spec: { deadline: '2099-12-31' } };
  expect(await refusal(ops.client.mergePatch(resourceOf(UsageFinding), place, change))).toBe(403);
  const others = await city.person('xian-ops');
  expect(await refusal(others.client.get(resourceOf(UsageFinding), place))).toBe(403);
  const words = (person: string, ...args: string[]) => cli(person, 'usage', ...args);
  expect(await words('wjj-ops', 'findings', '--mine')).toMatch(/-idle .*Pending answer .*its owner/);
  expect(await run('approver', 'usage', 'findings', '-A', '--mine')).toMatchObject({ stdout: '' });
  await words('wjj-ops', 'answer', place.name, '--appeal', '--comment', '灾备待命');
  await finding('Appealed');
  const own = ['usage', 'judge', place.name, '--dismiss', '--comment', '同意', '-n', place.namespace];
  const told = await run('wjj-ops', ...own);
  expect([told.exit, told.stderr]).toEqual([3, expect.stringContaining('E_JUDGE_NOT_GRANTED')]);
  expect(await words('technical-reviewer', 'findings', '-A', '--mine')).toContain(place.name);
  await words('technical-reviewer', 'judge', place.name, '--uphold', '--comment', '未见备案');
  await finding('Upheld');
  await words('wjj-ops', 'answer', place.name, '--resize');
  expect(await words('wjj-ops', 'findings', place.name)).toMatch(
    /technical-reviewer +the finding stands: 未见备案/,
  );
  const accepted = await finding('Accepted');

  const said = [
    ['answer', ops.account, 'appeal', '灾备待命'],
    ['judge', (await city.person('technical-reviewer')).account, 'uphold', '未见备案'],
    ['answer', ops.account, 'resize', ''],
  ];
  const { uid } = raised.metadata;
  const copies = await copiesOf(city.books, uid);
  expect(copies.map((it) => [it.step, it.reviewer, it.verdict, it.comment])).toEqual(said);
  const { items: records } = await readAudit(city.books, { subject: uid });
  expect(records.map(({ action, actor }) => [action, actor])).toEqual(
    said.map(([, by]) => ['decision.record', by]),
  );

  await putUse(granted as StoredAllocation, 60, 70);
  await judgeAnew();
  const closed = await finding('Closed');
  expect(closed.spec).toEqual({ ...accepted.spec, ended: { on: expect.any(String), because: 'UseChanged' } });
  expect(closed.status?.decisions).toEqual(accepted.status?.decisions);
  expect(await run('wjj-ops', 'usage', 'findings')).toMatchObject({ exit: 0, stdout: '' });
  const after = await city.get(Allocation, metadata);
  expect([after.spec, after.status?.state]).toEqual([spec, 'InUse']);
  await city.verifyBooks();
}, 300_000);

it('what stood before is measured by what Prometheus scraped and kept: ninety days in the books, thirty judged', async () => {
  const prometheus = `http://127.0.0.1:${city.home.state.ports['prometheus']}`;
  // What was judged today before there was any stock is judged again by its use.
  await judgeAnew(prometheus);
  const lines = city.log().length;
  await run('cloud-engineer', 'allocation', 'import', join(SMALL_CITY, 'stock.csv'));
  const { items: batches } = await city.hub.client.list(resourceOf(StockImport));
  expect(batches).toHaveLength(1);
  const name = batches[0]?.metadata.name ?? '';
  await (await city.person('approver')).decideStock(name);
  const { status } = await city.seen(StockImport, { name }, (it) => it.status?.state === 'Opened');
  expect(status).toMatchObject({ opened: 5, refused: 0 });
  const { items } = await city.hub.client.list<StoredAllocation>(resourceOf(Allocation));
  const stock = items.filter(({ spec }) => spec.adopted);
  for (const { metadata } of stock) {
    await city.seen(Allocation, metadata, (it) => it.status?.state === 'InUse');
  }

  const ask = async (query: string) => {
    const answer = await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
    type Series = { readonly metric: Readonly<Record<string, string>>; readonly value: [number, string] };
    return ((await answer.json()) as { data: { result: readonly Series[] } }).data.result;
  };
  await city.until('operator and members are scraped', async () => {
    const up = (await ask('up == 1')).map(({ metric }) => metric['job']);
    return ['members', 'operator'].every((job) => up.includes(job));
  });
  const scraped = await ask('count by (__name__) ({job="members"})');
  expect(scraped.map(({ metric }) => metric['__name__'])).toEqual(
    expect.arrayContaining([
      ...SOURCES.flatMap(({ metric, minus = metric }) => [metric, minus]),
      ...Object.values(PRESENCE).map(({ metric }) => metric),
    ]),
  );
  expect(await ask('govcloud_leader{job="operator"}')).toHaveLength(1);

  const of = (organization: string) =>
    stock.filter(({ spec }) => spec.organization === organization && spec.fulfilment === 'auto');
  const uids = (all: readonly { readonly uid: string }[]) => all.map(({ uid }) => uid).sort();
  const raisedOfStock = async () => {
    const { items: findings } = await city.hub.client.list<Stored<UsageFinding & KubeObject>>(
      resourceOf(UsageFinding),
    );
    return findings.filter(({ spec }) => stock.some(({ metadata }) => metadata.uid === spec.allocation.uid));
  };
  await city.until('the use of the stock is judged', async () => (await raisedOfStock()).length > 0);
  const isWritten = ({ msg, written }: { msg?: unknown; written?: unknown }) =>
    msg === 'use is judged' && Number(written) > 0;
  await city.until('all of it', () => city.log().slice(lines).some(isWritten));
  const raised = await raisedOfStock();
  // The bureau's systems idle; those of the county would, were they seen whole.
  expect(uids(raised.map(({ spec }) => spec.allocation))).toEqual(
    uids(of('441500-wjj').map(({ metadata }) => metadata)),
  );
  for (const { spec } of raised) {
    expect(spec.finding).toBe('Idle');
    expect(dayAfter(spec.from, 29)).toBe(spec.until);
    expect(spec.evidence.map(({ resource }) => resource)).toEqual(['cpu', 'memory', 'storage']);
  }

  const [{ spec }] = raised as [UsageFinding];
  const from = dayAfter(spec.until, -89);
  const period = ['--from', from, '--to', spec.until];
  const { items: used } = JSON.parse(
    await cli('approver', 'usage', 'show', '-A', ...period, '-o', 'json'),
  ) as { items: readonly Usage[] };
  const coverage = (organization: string) => {
    const own = used.filter(({ allocationUid }) =>
      uids(of(organization).map(({ metadata }) => metadata)).includes(allocationUid),
    );
    expect(own.map(({ resource }) => resource)).toEqual(
      of(organization).flatMap(() => ['cpu', 'memory', 'storage', 'network']),
    );
    for (const { days, missingDays, mean, p50 = 0, p95 = 0, p99 = 0, max = 0 } of own) {
      expect({ days, missingDays }).toEqual({ days: 90, missingDays: 0 });
      expect(mean).toBeGreaterThan(0);
      expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].toSorted((a, b) => a - b));
    }
    return own.map(({ coverageBasisPoints }) => coverageBasisPoints);
  };
  // Of a day of the city, what is of the present day of UTC is not in the history.
  expect(Math.min(...coverage('441500-wjj'))).toBeGreaterThan(9800);
  expect(Math.max(...coverage('441523'))).toBeLessThan(9000);
  const shown = await cli('wjj-ops', 'usage', 'idle', '-o', 'name');
  expect(shown.trimEnd().split('\n')).toHaveLength(raised.length);
}, 300_000);
