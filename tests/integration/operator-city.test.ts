import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { parseCsv } from 'hucre/csv';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Kind, resourceOf } from '../../api/kind.ts';
import {
  Allocation,
  CapacityPool,
  CatalogItem,
  InformationSystem,
  KINDS,
  MemberCluster,
  Organization,
  Quota,
  Repair,
  ResourceRequest,
  StockImport,
} from '../../api/v1alpha1/index.ts';
import { backUp } from '../../books/backup.ts';
import { readAudit, readBalances } from '../../books/reports.ts';
import { cityDay, dayAfter } from '../../domain/calendar.ts';
import { sm3 } from '../../domain/canonical.ts';
import { anchorName } from '../../domain/allocation/objects.ts';
import type { Notice } from '../../domain/notification/notices.ts';
import { plainSheet } from '../../domain/office/sheet.ts';
import { readStock, stockLookup } from '../../domain/office/stock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import { REVIEW_RULES } from '../../policies/admission.ts';
import { loadCity } from '../../stacks/city.ts';
import { alertRules, seriesIn } from '../../tools/alert-rules.ts';
import { reservePorts } from '../../tools/localcity/ports.ts';
import { operatorMetrics, reportsMetrics } from '../../tools/metrics.ts';
import { govcloud, type Ran } from '../e2e/cli-run.ts';
import { conditionOf, MACHINES, SMALL_CITY, SmallCity } from '../support/city.ts';
import { leaksIn, logsOf, objectsOf, rowsOf, secretsOf, storedOf } from '../support/secrets.ts';
import { fieldOf, type Leaf, leaves, otherValue, withValue } from '../support/leaves.ts';
import {
  accept,
  approve,
  databases,
  grantedBy,
  machines,
  provide,
  type StoredAllocation,
  type StoredRequest,
} from '../support/people.ts';

const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
const STOCK_RESOURCES: readonly ResourceRef[] = [
  MACHINES,
  SECRETS,
  { group: '', version: 'v1', plural: 'persistentvolumeclaims', namespaced: true },
  { group: '', version: 'v1', plural: 'services', namespaced: true },
  { group: 'apps', version: 'v1', plural: 'statefulsets', namespaced: true },
];
const ITEMS = resourceOf(CatalogItem);
const QUOTAS = resourceOf(Quota);
const COUNTY_QUOTA = { namespace: 'gov-441500', name: '441523' };
const POOL = 'extranet-amd64';

const DEPARTMENT = 'gov-441500-wjj';
const COMMANDS = join(import.meta.dirname, '../../cli/commands');

let city: SmallCity;

/** Where people outside are told. */
const outside = mkdtempSync(join(tmpdir(), 'govcloud-notices-'));
const NOTICES = join(outside, 'notices.jsonl');

beforeAll(async () => {
  city = await SmallCity.start({ GOVCLOUD_NOTIFY_FILE: NOTICES });
});

afterAll(async () => {
  await city?.stop();
  rmSync(outside, { recursive: true });
});

afterEach(() => city.verifyBooks());

const state = (wanted: string) => (object: { status?: { state?: string } | undefined }) =>
  object.status?.state === wanted;
const request = (of: StoredRequest, wanted: (it: StoredRequest) => boolean) =>
  city.seen(ResourceRequest, of.metadata, wanted);
const allocation = (of: StoredAllocation, wanted: (it: StoredAllocation) => boolean) =>
  city.seen(Allocation, of.metadata, wanted);

describe('limits', () => {
  const setQuota = async (limits: Quota['spec']['limits']) => {
    const approver = await city.person('approver');
    const { metadata } = await approver.client.mergePatch(QUOTAS, COUNTY_QUOTA, { spec: { limits } });
    return city.seen(Quota, COUNTY_QUOTA, ({ status }) => status?.observedGeneration === metadata.generation);
  };

  it('stand in the books: a pool’s total less its reserve, a quota’s limits', async () => {
    const pool = await city.seen(
      CapacityPool,
      { name: POOL },
      (it) => conditionOf(it, 'Posted')?.status === 'True',
    );
    expect(await city.balance(POOL, 'hard')).toEqual({
      vcpu: '96',
      memory: '384Gi',
      ssd: '10Ti',
      hdd: '10Ti',
    });
    expect(pool.status).toMatchObject({ free: { vcpu: '96', hdd: '10Ti' }, posted: { vcpu: '0' } });
    expect(await city.balance('441523', 'hard')).toEqual({
      vcpu: '20',
      memory: '80Gi',
      ssd: '2Ti',
      hdd: '2Ti',
    });
    expect(await city.balance('441500', 'hard')).toEqual({
      vcpu: '90',
      memory: '360Gi',
      ssd: '8Ti',
      hdd: '8Ti',
    });
  });

  it('follow a pool’s policy of the day, and tell the next one and what the loss of a node would take', async () => {
    const engineer = await city.person('cloud-engineer');
    const setPolicies = async (policies: CapacityPool['spec']['policies'] | null) => {
      const { metadata } = await engineer.client.mergePatch(
        resourceOf(CapacityPool),
        { name: POOL },
        { spec: { policies } },
      );
      return city.seen(
        CapacityPool,
        { name: POOL },
        ({ status }) => status?.observedGeneration === metadata.generation,
      );
    };
    const dated = await setPolicies([
      { from: '2020-01-01', overcommitPercent: { vcpu: 150 }, growthPercent: 10, basis: '假设' },
      { from: '2999-01-01', basis: '假设' },
    ]);
    expect(dated.status).toMatchObject({ changesOn: '2999-01-01', hard: { vcpu: '131', memory: '344Gi' } });
    expect(await city.balance(POOL, 'hard')).toEqual({
      vcpu: '131',
      memory: '344Gi',
      ssd: '9Ti',
      hdd: '9Ti',
    });
    const plain = await setPolicies(null);
    expect(plain.status?.hard).toMatchObject({ vcpu: '96' });
    expect(plain.status).not.toHaveProperty('changesOn');

    // Its one node has all that it has; kept back are 4 vCPU and 16 GiB.
    const seen = await city.seen(
      CapacityPool,
      { name: POOL },
      (it) => conditionOf(it, 'NodeLossCovered') !== undefined,
    );
    expect(conditionOf(seen, 'NodeLossCovered')).toMatchObject({
      status: 'False',
      reason: 'ReserveTooSmall',
    });
    expect(conditionOf(seen, 'NodeLossCovered')?.message).toContain('vcpu 96, memory 384Gi');
  });

  it('may go below what is used: overdrawn, shown as that, and nothing more is granted', async () => {
    const [inUse] = (await provide(city, 'xian-ops', [machines(2)])) as [StoredAllocation];
    const lowered = await setQuota({ vcpu: '3', memory: '80Gi', ssd: '2Ti', hdd: '2Ti' });
    expect(conditionOf(lowered, 'Overdrawn')).toMatchObject({ status: 'True', reason: 'AboveLimit' });
    expect(conditionOf(lowered, 'Overdrawn')?.message).toContain('vcpu');
    expect(lowered.status).toMatchObject({ posted: { vcpu: '4' }, free: { vcpu: '-1' } });

    const ops = await city.person('xian-ops');
    const more = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    const refused = await request(more, state('Returned'));
    expect(refused.status?.reasons).toMatchObject([
      { code: 'E_QUOTA_EXCEEDED', where: 'organisation/441523/*/*/vcpu' },
    ]);
    // To give back is no increase.
    const released = await ops.submitChange(inUse, { action: 'Release' });
    await approve(city, released);
    await allocation(inUse, state('Reclaimed'));
    const within = await city.seen(
      Quota,
      COUNTY_QUOTA,
      (it) => conditionOf(it, 'Overdrawn')?.status === 'False',
    );
    expect(within.status).toMatchObject({ posted: { vcpu: '0' }, free: { vcpu: '3' } });
    const restored = await setQuota({ vcpu: '20', memory: '80Gi', ssd: '2Ti', hdd: '2Ti' });
    expect(restored.status).toMatchObject({ free: { vcpu: '20' } });
  });

  it('grow by what is granted for a time, while it is in force', async () => {
    const approver = await city.person('approver');
    const today = Date.now();
    const day = (offset: number) => cityDay(new Date(today + offset * 86_400_000).toISOString());
    const grant = (name: string, vcpu: string, from: number, until: number) => ({
      name,
      limits: { vcpu },
      from: day(from),
      until: day(until),
      basis: '文号',
    });
    const give = async (grants: Quota['spec']['grants']) => {
      const { metadata } = await approver.client.mergePatch(QUOTAS, COUNTY_QUOTA, { spec: { grants } });
      return city.seen(
        Quota,
        COUNTY_QUOTA,
        ({ status }) => status?.observedGeneration === metadata.generation,
      );
    };
    const given = await give([
      grant('past', '1', -9, -1),
      grant('now', '2', -1, 5),
      grant('later', '4', 3, 9),
    ]);
    expect(given.status).toMatchObject({ hard: { vcpu: '22' }, free: { vcpu: '22' }, changesOn: day(3) });
    expect(await city.balance('441523', 'hard')).toMatchObject({ vcpu: '22', memory: '80Gi' });
    await expect(give([grant('ends-first', '1', 2, 1)])).rejects.toThrow('起始日不可晚于终止日');
    // Null, as a merge patch takes a field away.
    const taken = await give(null as never);
    expect(taken.status).toMatchObject({ hard: { vcpu: '20' } });
    expect(taken.status?.changesOn).toBeUndefined();
  });

  it('end with their quota: what is left of it is a limit of nothing', async () => {
    const approver = await city.person('approver');
    const { spec } = await city.get(Quota, COUNTY_QUOTA);
    await approver.client.delete(QUOTAS, COUNTY_QUOTA);
    await city.until('the quota is gone', async () => {
      const { items } = await city.hub.client.list(QUOTAS, { namespace: COUNTY_QUOTA.namespace });
      return items.every(({ metadata }) => metadata.name !== COUNTY_QUOTA.name);
    });
    expect(await city.balance('441523', 'hard')).toEqual({});
    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [machines(1)] });
    const refused = await request(asked, state('Returned'));
    expect(new Set(refused.status?.reasons?.map(({ where }) => where))).toEqual(
      new Set(['vcpu', 'memory', 'ssd'].map((it) => `organisation/441523/*/*/${it}`)),
    );
    const again: KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Quota',
      metadata: COUNTY_QUOTA,
      spec,
    };
    await approver.client.create(QUOTAS, again);
    await city.seen(Quota, COUNTY_QUOTA, (it) => conditionOf(it, 'Posted')?.status === 'True');
    expect(await city.balance('441523', 'hard')).toEqual({
      vcpu: '20',
      memory: '80Gi',
      ssd: '2Ti',
      hdd: '2Ti',
    });
  });
});

describe('the catalogue', () => {
  let broken = 0;
  const item = (name: string, change: (spec: CatalogItem['spec']) => Partial<CatalogItem['spec']>) =>
    city.get(CatalogItem, { name: 'vm' }).then(({ spec, apiVersion, kind }) => {
      return { apiVersion, kind, metadata: { name }, spec: { ...spec, ...change(spec) } };
    });

  it.each<[string, string, (spec: CatalogItem['spec']) => Partial<CatalogItem['spec']>]>([
    [
      'a template that is no YAML',
      'template machine is wrong',
      ({ templates }) => ({ templates: replaced(templates, 'a: [') }),
    ],
    [
      'a kind that is not allowed',
      'ClusterRole is not an allowed kind',
      ({ templates }) => ({
        templates: replaced(
          templates,
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: ${allocation.name}\n',
        ),
      }),
    ],
    [
      'an expression in a template that does not hold',
      'nowhere',
      ({ templates }) => ({
        templates: replaced(
          templates,
          'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${allocation.name}\ndata:\n  a: ${params.nowhere}\n',
        ),
      }),
    ],
    ['a consumption that is no number', 'consumes.vcpu', () => ({ consumes: { vcpu: 'params.os' } })],
    ['a readiness that is no condition', 'readyWhen', () => ({ readyWhen: 'size(objects.machine)' })],
  ])('tells of %s when the item is applied', async (_, where, change) => {
    const engineer = await city.person('cloud-engineer');
    const name = `broken-${(broken += 1)}`;
    await engineer.client.create(ITEMS, (await item(name, change)) as unknown as KubeObject);
    const seen = await city.seen(CatalogItem, { name }, (it) => conditionOf(it, 'Valid') !== undefined);
    expect(conditionOf(seen, 'Valid')).toMatchObject({ status: 'False', reason: 'CheckFailed' });
    expect(conditionOf(seen, 'Valid')?.message).toContain(where);

    const ops = await city.person('xian-ops');
    const asked = await ops.submit({ action: 'Provision', lines: [{ ...machines(1), item: name }] });
    const refused = await request(asked, state('Returned'));
    expect(refused.status?.reasons).toContainEqual(expect.objectContaining({ code: 'E_ITEM_INVALID' }));
    // What keeps it is named to whoever would delete it.
    const user = `${asked.metadata.namespace}/${asked.metadata.name}`;
    const { metadata } = await city.seen(
      CatalogItem,
      { name },
      (it) => conditionOf(it, 'InUse')?.status === 'True',
    );
    await expect(engineer.client.delete(ITEMS, metadata)).rejects.toThrow(
      `E_IN_USE: 仍在使用，不可删除：ResourceRequest ${user} / in use, it cannot be deleted: ResourceRequest ${user}`,
    );
    await ops.withdraw(asked);
    await request(asked, state('Withdrawn'));
    // Nobody asks for it any more.
    await city.seen(CatalogItem, { name }, (it) => conditionOf(it, 'InUse')?.status === 'False');
    await engineer.client.delete(ITEMS, { name });
  });

  it('carries a hostile parameter to the member as the text that it is, and through the books', async () => {
    const note =
      `'; DROP TABLE books.holds; -- "} or up{a=" /~1metadata/~0 $(touch pwned) \`id\` ../../etc X: b ` +
      '${secret("login")} {{ x }} - hostPath: / =1+1 <script> $& null';
    const engineer = await city.person('cloud-engineer');
    const made = await item('hostile', ({ parameters, templates }) => ({
      parameters: [...parameters, { name: 'note', title: { zh: '备注' }, type: 'string', required: true }],
      templates: [
        ...templates,
        {
          name: 'note',
          each: 'allocation',
          object:
            'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${allocation.name}-note\n  annotations: { note: "${params.note}" }\n' +
            'data: { whole: "${params.note}", part: "a ${params.note} b" }\n',
        },
      ],
    }));
    await engineer.client.create(ITEMS, made as unknown as KubeObject);
    await city.seen(CatalogItem, { name: 'hostile' }, (it) => conditionOf(it, 'Valid')?.status === 'True');
    const line = { ...machines(1), item: 'hostile' };
    const [given] = (await provide(city, 'xian-ops', [
      { ...line, parameters: { ...line.parameters, note } },
    ])) as [StoredAllocation];
    expect(given.spec.parameters['note']).toBe(note);
    const namespace = given.status?.namespace ?? '';
    const config = await city.member.client.get<KubeObject & { data?: object }>(CONFIG_MAPS, {
      namespace,
      name: `${given.metadata.name}-note`,
    });
    expect(config.data).toEqual({ whole: note, part: `a ${note} b` });
    expect(config.metadata.annotations?.['note']).toBe(note);
    const ops = await city.person('xian-ops');
    await approve(city, await ops.submitChange(given, { action: 'Release' }));
    await allocation(given, state('Reclaimed'));
  });

  it('changes for what is granted from then on, not for what was', async () => {
    const [old] = (await provide(city, 'xian-ops', [machines(1)])) as [StoredAllocation];
    const { spec } = await city.get(CatalogItem, { name: 'vm' });
    const engineer = await city.person('cloud-engineer');
    const templates = spec.templates.map((it) =>
      it.name === 'machine' ? { ...it, object: it.object.replace('"Always"', '"RerunOnFailure"') } : it,
    );
    const prices = spec.prices.map((it) => ({ ...it, monthlyFen: `(${it.monthlyFen}) * 2` }));
    const changed = await engineer.client.mergePatch(ITEMS, { name: 'vm' }, { spec: { templates, prices } });
    await city.seen(
      CatalogItem,
      { name: 'vm' },
      ({ status }) => status?.observedGeneration === changed.metadata.generation,
    );

    const [young] = (await provide(city, 'xian-ops', [machines(1)])) as [StoredAllocation];
    expect(young.spec.monthlyFen).toBe(old.spec.monthlyFen * 2);
    expect(young.spec.itemVersion).not.toBe(old.spec.itemVersion);
    // A new operator has nothing but what was kept.
    await city.kill();
    await city.startOperator();
    const ops = await city.person('xian-ops');
    const renewed = await ops.submitChange(old, { action: 'Renew', until: '2100-01-01' });
    await approve(city, renewed);
    await request(renewed, state('Approved'));
    const still = await allocation(old, ({ status }) => status?.observedRevision === 2);
    expect(still.spec).toMatchObject({ monthlyFen: old.spec.monthlyFen, itemVersion: old.spec.itemVersion });
    expect(conditionOf(still, 'InSync')).toMatchObject({ status: 'True' });
    const strategy = async (of: StoredAllocation) => {
      const name = `${of.metadata.name}-0`;
      const { spec } = await city.member.client.get(MACHINES, {
        namespace: of.status?.namespace ?? '',
        name,
      });
      return (spec as { runStrategy: string }).runStrategy;
    };
    expect(await strategy(old)).toBe('Always');
    expect(await strategy(young)).toBe('RerunOnFailure');

    await engineer.client.mergePatch(
      ITEMS,
      { name: 'vm' },
      { spec: { templates: spec.templates, prices: spec.prices } },
    );
    for (const it of [still, young]) {
      await approve(city, await ops.submitChange(it, { action: 'Release' }));
      await allocation(it, state('Reclaimed'));
    }
  });

  it('tells admission the levels of its items, whatever somebody makes of them', async () => {
    const engineer = await city.person('cloud-engineer');
    const levels = { namespace: 'govcloud-system', name: 'item-levels' };
    const known = async () =>
      (await city.hub.client.get<KubeObject & { data?: Record<string, string> }>(CONFIG_MAPS, levels)).data;
    const others = await known();
    expect(others).toMatchObject({ vm: '3' });

    const lower = await item('lower', () => ({ maxMlps: 1 }));
    await engineer.client.create(ITEMS, lower as unknown as KubeObject);
    const all = { ...others, lower: '1' };
    await city.until('the level is known', async () => isDeepStrictEqual(await known(), all));
    await city.hub.client.mergePatch(CONFIG_MAPS, levels, { data: { lower: '5', stray: '1', vm: null } });
    await city.until('the levels are as they were', async () => isDeepStrictEqual(await known(), all));
    await engineer.client.delete(ITEMS, { name: 'lower' });
    await city.until('the level is gone', async () => isDeepStrictEqual(await known(), others));
  });

  it('keeps an item that is in use', async () => {
    const [inUse] = (await provide(city, 'xian-ops', [machines(1)])) as [StoredAllocation];
    const engineer = await city.person('cloud-engineer');
    await expect(engineer.client.delete(ITEMS, { name: 'vm' }, { dryRun: true })).rejects.toThrow('E_IN_USE');
    const ops = await city.person('xian-ops');
    await approve(city, await ops.submitChange(inUse, { action: 'Release' }));
    await allocation(inUse, state('Reclaimed'));
  });
});

describe('what is in use', () => {
  it('is suspended and resumed by request; a legal hold keeps it, and its release says what it erased', async () => {
    const [inUse] = (await provide(city, 'xian-ops', [machines(1)])) as [StoredAllocation];
    const ops = await city.person('xian-ops');
    const posted = await city.balance('441523', 'posted');
    const place = { namespace: inUse.status?.namespace ?? '', name: `${inUse.metadata.name}-0` };
    const strategy = async () => {
      const { spec } = await city.member.client.get(MACHINES, place);
      return (spec as { runStrategy: string }).runStrategy;
    };

    const suspension = await ops.submitChange(inUse, { action: 'Suspend' });
    await approve(city, suspension);
    const still = await allocation(inUse, state('Suspended'));
    expect([await strategy(), still.status?.suspendable]).toEqual(['Halted', true]);
    await request(suspension, state('Suspended'));
    const resized = await ops.submitChange(still, { action: 'Resize', lines: [machines(2)] });
    const refused = await request(resized, state('Returned'));
    expect(refused.status?.reasons?.map(({ code }) => code)).toEqual(['E_TARGET_SUSPENDED']);
    expect(await city.balance('441523', 'posted')).toEqual(posted);

    const resumption = await ops.submitChange(still, { action: 'Resume' });
    await approve(city, resumption);
    const again = await allocation(
      inUse,
      (it) => it.status?.state === 'InUse' && conditionOf(it, 'Ready')?.status === 'True',
    );
    expect([await strategy(), again.spec.contentRevision]).toEqual(['Always', 1]);
    await request(resumption, state('InUse'));

    const guard = await city.person('security-admin');
    await guard.handOver(again, 'hold', { comment: '案件 3' });
    await allocation(inUse, (it) => conditionOf(it, 'LegalHold')?.status === 'True');
    const early = await ops.submitChange(again, { action: 'Release' });
    const kept = await request(early, state('Returned'));
    expect(kept.status?.reasons?.map(({ code }) => code)).toEqual(['E_TARGET_HELD']);
    await guard.handOver(again, 'unhold', { comment: '结案' });
    await allocation(inUse, (it) => conditionOf(it, 'LegalHold') === undefined);
    const release = await ops.submitChange(again, { action: 'Release' });
    await approve(city, release);
    await allocation(inUse, state('Reclaimed'));
    const { items } = await readAudit(city.books, {
      subject: inUse.metadata.uid,
      action: 'allocation.erase',
    });
    const serial = (await city.get(ResourceRequest, release.metadata)).status?.serial;
    expect(items.map(({ body }) => body)).toMatchObject([
      {
        serial,
        disk: { cluster: inUse.spec.cluster, kind: 'PersistentVolumeClaim', name: `${place.name}-data` },
      },
    ]);
  });
});

describe('a transfer', () => {
  it('hands over what stands, with its credentials and its quota, and makes nothing anew', {
    timeout: 120_000,
  }, async () => {
    const [inUse] = (await provide(city, 'xian-ops', [databases(1)])) as [StoredAllocation];
    const [giver, receiver] = [await city.person('xian-ops'), await city.person('wjj-ops')];
    const { name } = inUse.metadata;
    const place = inUse.status?.namespace ?? '';
    const standing = async () => {
      const all = await Promise.all(
        STOCK_RESOURCES.map(
          async (resource) => (await city.member.client.list(resource, { namespace: place })).items,
        ),
      );
      return all
        .flat()
        .filter(({ metadata }) => metadata.name.startsWith(name))
        .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.generation}`)
        .sort();
    };
    const posted = async () => ({
      giver: (await city.balance('441523', 'posted'))['vcpu'],
      receiver: (await city.balance('441500-wjj', 'posted'))['vcpu'],
      city: await city.balance('441500', 'posted'),
      pool: await city.balance(inUse.spec.pool, 'posted'),
    });
    const [before, had] = [await standing(), await posted()];
    const secret = { namespace: 'gov-441523', name: inUse.status?.credentialsSecret ?? '' };
    const { data } = (await giver.client.get(SECRETS, secret)) as KubeObject & { data?: unknown };

    const unasked = await request(await receiver.submitTransfer(inUse), state('Returned'));
    expect(unasked.status?.reasons?.map(({ code }) => code)).toEqual(['E_TRANSFER_NOT_AGREED']);
    await giver.handOver(inUse, 'transfer', { organization: '441500-wjj' });
    const asked = await receiver.submitTransfer(inUse);
    await approve(city, asked);
    await request(asked, state('InUse'));
    const left = await allocation(inUse, state('Transferred'));
    const there = { namespace: DEPARTMENT, name };
    const taken = await city.seen(Allocation, there, state('InUse'));
    expect(await city.ledgerOf(asked)).toEqual(['ledger.hold', 'ledger.transfer']);
    expect(await standing()).toEqual(before);
    expect(taken.status).toMatchObject({ anchor: inUse.status?.anchor, namespace: place });
    expect(left.spec.transferred?.organization).toBe('441500-wjj');
    expect(taken.spec.formerHolders).toMatchObject([{ organization: '441523', uid: inUse.metadata.uid }]);
    const size = Number(inUse.spec.consumes['vcpu']);
    const rest = Number(had.giver) - size;
    expect(await posted()).toEqual({
      ...had,
      giver: rest === 0 ? undefined : String(rest),
      receiver: String(Number(had.receiver ?? 0) + size),
    });

    await expect(giver.client.get(SECRETS, secret)).rejects.toThrow('not found');
    await expect(giver.client.get(SECRETS, { ...secret, namespace: DEPARTMENT })).rejects.toThrow(
      'forbidden',
    );
    expect(await receiver.client.get(SECRETS, { ...secret, namespace: DEPARTMENT })).toMatchObject({ data });

    const renewal = await request(
      await giver.submitChange(left, { action: 'Renew', until: '2100-12-31' }),
      state('Returned'),
    );
    expect(renewal.status?.reasons?.map(({ code }) => code)).toEqual(['E_TARGET_TRANSFERRED']);
    await approve(city, await receiver.submitChange(taken, { action: 'Release' }));
    await allocation(taken, state('Reclaimed'));
    await city.until('nothing of it stands', async () => (await standing()).length === 0);
    expect((await posted()).receiver).toBe(had.receiver);
  });
});

function replaced(
  templates: CatalogItem['spec']['templates'],
  object: string,
): CatalogItem['spec']['templates'] {
  return templates.map((it) => (it.name === 'machine' ? { ...it, object } : it));
}

describe('opening stock', () => {
  /** Rows of which a part, or all, is not in the member. */
  const PARTIAL = 4;
  const ABSENT = 7;
  type Row = StockImport['spec']['rows'][number];
  const text = readFileSync(`${SMALL_CITY}/stock.csv`, 'utf8');
  const file = { name: 'stock.csv', sm3: sm3(text), rows: 8 };
  let good: readonly Row[];

  beforeAll(() => {
    const { manifests } = loadCity(SMALL_CITY);
    const of = <T>(kind: string) => manifests.filter((it) => it.kind === kind) as unknown as readonly T[];
    const table = parseCsv(text).map((row) => row.map((cell) => String(cell ?? '')));
    const lookup = stockLookup(
      of<InformationSystem>('InformationSystem'),
      of<CatalogItem>('CatalogItem'),
      of<MemberCluster>('MemberCluster'),
      of<Organization>('Organization'),
    );
    const { good: read, problems } = readStock(plainSheet(table), lookup, '2026-01-01');
    expect(problems).toEqual([]);
    good = read.map(({ row, value }) => ({ row, ...value }));
  });

  /** Like the machines of the county that run, but no such ones do. */
  const absent = (): Row => ({
    ...(good[2] as Row),
    row: ABSENT,
    openedOn: '2020-01-02',
    parameters: { vcpu: 1, memoryGiB: 2, diskGiB: 20 },
  });
  const stock = async (): Promise<ReadonlyMap<number, StoredAllocation>> => {
    const { items } = await city.hub.client.list<StoredAllocation>(resourceOf(Allocation));
    return new Map(items.filter(({ spec }) => spec.adopted).map((it) => [it.spec.request.generation, it]));
  };
  const running = async (): Promise<Stored<KubeObject>[]> => {
    const lists = await Promise.all(STOCK_RESOURCES.map((it) => city.member.client.list(it)));
    return lists.flatMap(({ items }) => items).filter(({ metadata }) => metadata.name.startsWith('stock-'));
  };
  const opened = async () => {
    const { items } = await readAudit(city.books, { action: 'ledger.open' });
    return items.length;
  };
  const openStock = async (name: string, rows: readonly Row[], of = file) => {
    await (await city.person('cloud-engineer')).importStock(name, [...rows], of);
    await (await city.person('approver')).decideStock(name);
    return city.seen(StockImport, { name }, ({ status }) => status?.state === 'Opened');
  };

  it('is not entered before the bureau has approved it, nor after it has refused', async () => {
    const engineer = await city.person('cloud-engineer');
    await engineer.importStock('refused', [...good], file);
    await (await city.person('approver')).decideStock('refused', 'reject');
    await city.seen(StockImport, { name: 'refused' }, ({ status }) => status?.state === 'Rejected');
    expect(await opened()).toBe(0);
    expect(await stock()).toEqual(new Map());
  });

  it('opens the books with the good rows and names the bad ones', async () => {
    expect((await running()).length).toBeGreaterThan(10);
    // The county runs a pair of machines and a single one, the row of which is then found in part.
    const all = (await city.member.client.list(MACHINES)).items.filter(({ metadata }) =>
      metadata.namespace?.startsWith('441523-'),
    );
    const single = all.find(
      ({ metadata }) => !all.some((it) => it.metadata.name === metadata.name.replace(/-0$/, '-1')),
    );
    if (!single) throw new Error('the county runs no single machine');
    await city.member.client.delete(MACHINES, single.metadata);
    const bad: Row[] = [
      { ...(good[0] as Row), row: 101, system: 'nothing' },
      { ...(good[0] as Row), row: 102, item: 'nothing' },
      { ...(good[0] as Row), row: 103, parameters: { vcpu: 4, memoryGiB: 100_000, diskGiB: 100 } },
      { ...(good[0] as Row), row: 104, zone: 'nowhere' },
    ];
    const { status } = await openStock('opening', [...good, absent(), ...bad]);
    expect(status).toMatchObject({ opened: 6, refused: 4 });
    const reasonsOf = (row: number) =>
      status?.rows?.find((it) => it.row === row)?.reasons?.map(({ code }) => code);
    expect([101, 102, 103, 104].map(reasonsOf)).toEqual([
      ['E_SYSTEM_UNKNOWN'],
      ['E_ITEM_UNKNOWN'],
      ['E_PARAMETER_RANGE'],
      ['E_POOL_MISSING'],
    ]);
    expect(await city.balance(POOL, 'posted')).toEqual({ vcpu: '29', memory: '94Gi', ssd: '470Gi' });
    // Each entry counts from the day on which it was opened.
    const asOf = new Date('2020-05-01T00:00:00+08:00');
    const then = await readBalances(city.books, { holders: [POOL], asOf });
    expect(then.find(({ account }) => account.resource === 'vcpu')?.posted.value).toBe(7000n);
  });

  it('adopts the objects that run, as they are', async () => {
    for (const [row, it] of await stock()) {
      if (row === PARTIAL || row === ABSENT) continue;
      const seen = await allocation(
        it,
        (now) => now.status?.state === 'InUse' && conditionOf(now, 'Ready')?.status === 'True',
      );
      if (it.spec.fulfilment === 'auto')
        expect(conditionOf(seen, 'InSync')).toMatchObject({ status: 'True' });
    }
    const machine = (await stock()).get(2);
    const namespace = machine?.status?.namespace ?? '';
    const anchor = await city.member.client.get(CONFIG_MAPS, {
      namespace,
      name: anchorName(machine as Allocation),
    });
    const adopted = await city.member.client.get(MACHINES, {
      namespace,
      name: `${machine?.metadata.name}-0`,
    });
    expect(adopted.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigMap', uid: anchor.metadata.uid }]);
    expect(adopted.metadata.labels).toMatchObject({ 'govcloud.dev/allocation': machine?.metadata.uid });
    // Whoever ran it still owns all that it is.
    const { managedFields } = adopted.metadata as unknown as {
      managedFields: { manager: string; fieldsV1: object }[];
    };
    const ours = managedFields.find(({ manager }) => manager === 'govcloud');
    expect(Object.keys(ours?.fieldsV1 ?? {})).toEqual(['f:metadata']);
  });

  it('keeps uid and content of every object, passwords too', async () => {
    const before = await running();
    await city.kill();
    await city.startOperator();
    const [machine] = [...(await stock()).values()];
    await allocation(machine as StoredAllocation, ({ status }) => status?.state === 'InUse');
    const after = await running();
    expect(after.map(({ metadata }) => metadata.uid).sort()).toEqual(
      before.map(({ metadata }) => metadata.uid).sort(),
    );
    const login = after.find(
      ({ metadata, kind }) => kind === 'Secret' && metadata.name === `${machine?.metadata.name}-login`,
    );
    const copy = await city.hub.client.get(SECRETS, {
      namespace: machine?.metadata.namespace ?? '',
      name: machine?.status?.credentialsSecret ?? '',
    });
    expect(copy).toMatchObject({ data: (login as unknown as { data: object }).data });
  });

  it('shows what it does not find, and makes nothing', async () => {
    const made = await stock();
    for (const row of [PARTIAL, ABSENT]) {
      const missing = made.get(row) as StoredAllocation;
      const seen = await allocation(missing, (it) => conditionOf(it, 'Ready') !== undefined);
      expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NotFound' });
      expect(conditionOf(seen, 'Ready')?.message).toContain('未发现');
      const there = (await running()).filter(({ metadata }) =>
        metadata.name.startsWith(missing.metadata.name),
      );
      expect(there.map(({ kind }) => kind)).not.toContain('VirtualMachine');
      if (row === ABSENT) expect(there).toEqual([]);
    }
  });

  it('may overdraw: then nothing more is granted', async () => {
    const quota = await city.seen(
      Quota,
      COUNTY_QUOTA,
      (it) => conditionOf(it, 'Overdrawn')?.status === 'True',
    );
    expect(quota.status).toMatchObject({ posted: { vcpu: '23' }, free: { vcpu: '-3' } });
    const asked = await (await city.person('xian-ops')).submit({
      action: 'Provision',
      lines: [machines(1, { memoryGiB: 1 })],
    });
    const refused = await request(asked, state('Returned'));
    expect(refused.status?.reasons).toMatchObject([
      { code: 'E_QUOTA_EXCEEDED', where: 'organisation/441523/*/*/vcpu' },
    ]);
  });

  it('imported twice changes nothing; the same row in another file is known', async () => {
    const [balance, entries, before] = [await city.balance(POOL, 'posted'), await opened(), await stock()];
    const { status } = await openStock('twice', [...good, absent()]);
    expect(status).toMatchObject({ opened: 6, refused: 0 });
    const other = await openStock('other-file', [good[0] as Row], {
      name: 'other.csv',
      sm3: sm3('other'),
      rows: 1,
    });
    expect(other.status?.rows).toMatchObject([{ result: 'Refused', reasons: [{ code: 'E_STOCK_KNOWN' }] }]);
    expect(await city.balance(POOL, 'posted')).toEqual(balance);
    expect(await opened()).toBe(entries);
    expect([...(await stock()).values()].map(({ metadata }) => metadata.uid)).toEqual(
      [...before.values()].map(({ metadata }) => metadata.uid),
    );
  });

  it('is changed and released like anything else', async () => {
    const ops = await city.person('wjj-ops');
    const machine = (await stock()).get(2) as StoredAllocation;
    const before = Number((await city.balance(POOL, 'posted'))['vcpu']);
    const grown = await ops.submitChange(machine, {
      action: 'Resize',
      lines: [machines(2, { vcpu: 4, memoryGiB: 8, diskGiB: 100 })],
    });
    await approve(city, grown);
    await grantedBy(city, grown);
    const accepted = await accept(city, await allocation(machine, ({ spec }) => spec.quantity === 2));
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(before + 4);
    await approve(city, await ops.submitChange(accepted, { action: 'Release' }));
    await allocation(machine, state('Reclaimed'));
    expect(Number((await city.balance(POOL, 'posted'))['vcpu'])).toBe(before - 4);
    expect(
      (await running()).filter(({ metadata }) => metadata.name.startsWith(machine.metadata.name)),
    ).toEqual([]);
  });

  it('of which only a part is found is taken out of the member too before it is credited', async () => {
    const machine = (await stock()).get(PARTIAL) as StoredAllocation;
    const own = async () =>
      (await running()).filter(({ metadata }) => metadata.name.startsWith(machine.metadata.name));
    expect((await own()).map(({ kind }) => kind)).not.toContain('VirtualMachine');
    expect((await own()).length).toBeGreaterThan(0);
    await approve(city, await (await city.person('xian-ops')).submitChange(machine, { action: 'Release' }));
    await allocation(machine, state('Reclaimed'));
    expect((await own()).map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
  });

  it('imported again after a quota was given changes nothing either', async () => {
    const approver = await city.person('approver');
    const metadata = { namespace: 'gov-441500', name: '441523-extranet' };
    const { spec } = await city.get(Quota, COUNTY_QUOTA);
    const zoned: KubeObject = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Quota',
      metadata,
      spec: { ...spec, zone: 'extranet' },
    };
    await approver.client.create(QUOTAS, zoned);
    await city.seen(Quota, metadata, (it) => conditionOf(it, 'Posted')?.status === 'True');
    const [balance, entries] = [await city.balance(POOL, 'posted'), await opened()];
    const { status } = await openStock('thrice', [...good, absent()]);
    expect(status).toMatchObject({ refused: 0 });
    expect(await city.balance(POOL, 'posted')).toEqual(balance);
    expect(await opened()).toBe(entries);
  });
});

/** What the running operator and reports server export. */
async function exported(): Promise<{ readonly operator: string; readonly reports: string }> {
  const ports = await reservePorts(city.home, ['operator', 'reports']);
  const ca = readFileSync(join(city.home.dir, 'reports/reports-ca.crt'));
  return {
    operator: await bodyOf(httpGet(`http://127.0.0.1:${ports.operator}/metrics`)),
    reports: await bodyOf(httpsGet(`https://127.0.0.1:${ports.reports}/metrics`, { ca })),
  };
}

async function bodyOf(request: ClientRequest): Promise<string> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  return text(response);
}

describe('people outside', () => {
  const told = () =>
    readFileSync(NOTICES, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Notice & { readonly at: string });
  const kindsOf = (uid: string) => told().flatMap(({ kind, subject }) => (subject.uid === uid ? [kind] : []));

  it('are told of what waits, was sent back, is delivered and ends soon by the policy of the city, each once', async () => {
    const policies = [{ from: '2020-01-01', noticeDays: [15], graceDays: 365 }];
    await city.hub.client.mergePatch(
      CONFIG_MAPS,
      { name: 'term-policy', namespace: 'govcloud-system' },
      { data: { 'policy.yaml': JSON.stringify({ policies }) } },
    );
    const ops = await city.person('wjj-ops');
    const until = dayAfter(cityDay(new Date().toISOString()), 10);
    const wish = await ops.submit({ action: 'Provision', lines: [machines(1)], until });
    await approve(city, wish);
    const [made] = (await grantedBy(city, wish)) as [StoredAllocation];
    await accept(city, made);
    const refused = await ops.submit({ action: 'Provision', lines: [machines(90)] });
    await request(refused, state('Returned'));
    const asked = made.spec.request.uid;
    await expect.poll(() => kindsOf(refused.metadata.uid), { timeout: 30_000 }).toEqual(['Returned']);
    await expect
      .poll(() => kindsOf(made.metadata.uid).toSorted(), { timeout: 30_000 })
      .toEqual(['Delivered', 'Expiring']);
    expect(kindsOf(asked)).toEqual(['Submitted']);
    const [notice] = told().filter(
      ({ kind, subject }) => kind === 'Delivered' && subject.uid === made.metadata.uid,
    );
    expect(notice).toMatchObject({
      to: { role: 'requester', account: 'system:serviceaccount:govcloud-people:wjj-ops' },
      subject: { kind: 'Allocation', namespace: DEPARTMENT, name: made.metadata.name },
    });
    expect(new Set(told().map(({ key }) => key)).size).toBe(told().length);
    expect((await exported()).operator).toContain('govcloud_notifications_waiting{receiver="file"} 0');
  });
});

describe('metrics', () => {
  const VERIFICATIONS = '/apis/reports.govcloud.dev/v1alpha1/verifications';
  const namesIn = (metrics: string) => [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);

  it('are those of the reference, and alert rules ask for no others', async () => {
    const { operator, reports } = await exported();
    expect(namesIn(operator)).toEqual(operatorMetrics().map(({ name }) => name));
    expect(namesIn(reports)).toEqual(reportsMetrics().map(({ name }) => name));
    const asked = alertRules().flatMap(({ expr }) => seriesIn(expr));
    const names = new Set([...namesIn(operator), ...namesIn(reports)]);
    expect(asked.filter((name) => !names.has(name.replace(/_(bucket|count)$/, '')))).toEqual([]);
  });

  it('say that a review rule is gone, and that it is back', async () => {
    const bindings = {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      plural: 'validatingadmissionpolicybindings',
      namespaced: false,
    };
    const intact = async () =>
      /^govcloud_review_rule_intact\{rule="stock-import"\} (\d)$/m.exec((await exported()).operator)?.[1];
    const { metadata, ...binding } = await city.hub.client.get(bindings, { name: 'govcloud-stock-import' });
    await city.hub.client.delete(bindings, metadata);
    await expect.poll(intact, { timeout: 90_000 }).toBe('0');
    await city.hub.client.create(bindings, { ...binding, metadata: { name: metadata.name } });
    await expect.poll(intact, { timeout: 90_000 }).toBe('1');
  });

  it('say of a city in good health that it is', async () => {
    for (const name of ['books', 'audit']) await city.hub.client.raw(`${VERIFICATIONS}/${name}`);
    const lines = [
      'govcloud_leader 1',
      'govcloud_read_only 0',
      'govcloud_books_reachable 1',
      'govcloud_books_migrations{state="pending"} 0',
      'govcloud_books_migrations{state="unknown"} 0',
      'govcloud_holds_overdue_seconds 0',
      'govcloud_member_ready{cluster="extranet"} 1',
      ...Object.values(REVIEW_RULES)
        .flat()
        .map((rule) => `govcloud_review_rule_intact{rule="${rule}"} 1`),
    ];
    const missing = async () => {
      const found = (await exported()).operator.split('\n');
      return lines.filter((line) => !found.includes(line));
    };
    // Vital signs are looked at every 5 s.
    await expect.poll(missing, { timeout: 90_000 }).toEqual([]);
    const { operator, reports } = await exported();
    const value = (metrics: string, series: string) =>
      Number(
        metrics
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length),
      );
    const now = Date.now() / 1000;
    for (const [metrics, credential] of [
      [operator, 'hub'],
      [operator, 'extranet'],
      [reports, 'hub'],
      [reports, 'reports'],
    ] as const) {
      const labels = `{credential="${credential}"}`;
      expect(value(metrics, `govcloud_credential_issued_timestamp_seconds${labels}`)).toBeLessThan(now);
      expect(value(metrics, `govcloud_credential_expiry_timestamp_seconds${labels}`)).toBeGreaterThan(now);
    }
    for (const check of ['books', 'audit']) {
      expect(value(reports, `govcloud_verifications_total{check="${check}"}`)).toBe(1);
      expect(value(reports, `govcloud_verification_ok{check="${check}"}`)).toBe(1);
      expect(value(reports, `govcloud_verification_timestamp_seconds{check="${check}"}`)).toBeLessThan(now);
    }
  });
});

describe('what is secret', () => {
  /** What shows something of the city to somebody, with what each of them is told to show. */
  const shown = (name: string, requested: string): Readonly<Record<string, readonly string[]>> => ({
    'allocation list': ['-A', '--all'],
    'allocation show': [name, '-n', DEPARTMENT],
    'audit list': ['--limit', '0'],
    'audit reviewers': [],
    'audit verify': [],
    'books verify': [],
    'capacity show': [],
    'catalog list': [],
    'catalog show': ['postgresql'],
    'cluster list': [],
    doctor: ['--dir', city.home.dir],
    'org tree': [],
    'project list': ['-A'],
    'project show': ['wjj-2021', '-n', DEPARTMENT],
    'quota show': ['441500-wjj'],
    'quota tree': [],
    'quota why': ['441500-wjj'],
    'report capacity': [],
    'report idle': [],
    'report indicators': [],
    'report requests': [],
    'report use': [],
    'request list': ['-A', '--closed'],
    'request placement': [requested, '-n', DEPARTMENT],
    'request show': [requested, '-n', DEPARTMENT],
    'request why': [requested, '-n', DEPARTMENT],
    'review list': ['-A'],
    'review show': [requested, '-n', DEPARTMENT],
    status: ['--dir', city.home.dir],
    'system list': ['-A'],
    'system show': ['jiankang', '-n', DEPARTMENT],
    'usage findings': ['-A', '--all'],
    'usage idle': ['-A'],
    'usage rightsize': ['-A'],
    'usage show': ['-A'],
  });
  const VERBS_THAT_SHOW =
    /(^|\/)(list|show|tree|why|placement|verify|reviewers|status|doctor|findings|idle|rightsize)\.ts$|^report\//;
  const BY_HAND = 'written-over-by-hand';
  const MARK = '\f== ';

  /** A database whose password somebody wrote over in the member, which the status tells. */
  async function withDrift(): Promise<StoredAllocation> {
    const [made] = await provide(city, 'wjj-ops', [databases(1)]);
    const { metadata } = made as StoredAllocation;
    const { items } = await city.member.client.list<KubeObject>(SECRETS);
    const login = items.find((it) => it.metadata.name === `${metadata.name}-login`);
    if (!login) throw new Error('the database has no login');
    const data = { password: Buffer.from(BY_HAND).toString('base64') };
    await city.member.client.mergePatch(SECRETS, login.metadata, { data });
    const drifted = await allocation(
      made as StoredAllocation,
      (it) => conditionOf(it, 'InSync')?.status === 'False',
    );
    expect(conditionOf(drifted, 'InSync')?.message).toContain('***');
    return drifted;
  }

  /** What is in a backup of the books. */
  async function backedUp(): Promise<string> {
    const file = join(city.home.dir, 'books.backup');
    await backUp(city.books, file);
    return gunzipSync(readFileSync(file)).toString();
  }

  it('is with those whom it is for, and in no other place', { timeout: 120_000 }, async () => {
    const { metadata, spec, status } = await withDrift();
    const secrets = await secretsOf(city);
    await expect.poll(() => readFileSync(NOTICES, 'utf8'), { timeout: 30_000 }).toContain(metadata.name);
    expect(secrets).toContain(BY_HAND);
    expect(secrets.size).toBeGreaterThan(20);
    // What is looked through is what there is: the names of what is secret stand in it.
    const places = [
      logsOf(city),
      await objectsOf('hub', city.hub.client),
      await objectsOf('member', city.member.client),
      await rowsOf(city),
      await storedOf(city),
      new Map(Object.entries(await exported()).map(([name, metrics]) => [`metrics of the ${name}`, metrics])),
      new Map([
        ['backup', await backedUp()],
        ['notices', readFileSync(NOTICES, 'utf8')],
      ]),
    ];
    const named = leaksIn(new Set([metadata.name]), ...places);
    for (const place of [
      'operator.log',
      'hub /apis/govcloud.dev/v1alpha1/allocations',
      'member /apis/apps/v1/statefulsets',
      'books.audit',
      'backup',
      'notices',
      `/registry/govcloud.dev/allocations/${DEPARTMENT}/${metadata.name}`,
    ])
      expect(named).toContainEqual(expect.stringContaining(place));
    expect(leaksIn(new Set([POOL]), ...places)).toContain('metrics of the reports');
    expect(leaksIn(new Set(['membercluster']), ...places)).toContain('metrics of the operator');
    expect(leaksIn(secrets, ...places)).toEqual([]);

    const credentials = { namespace: DEPARTMENT, name: status?.credentialsSecret ?? '' };
    const read = async (client: KubeClient) => {
      const answers = await Promise.allSettled([
        client.get(SECRETS, credentials),
        client.list(SECRETS, { namespace: DEPARTMENT }),
        client.list(SECRETS),
      ]);
      return answers.map((it) => it.status === 'fulfilled');
    };
    const people = loadCity(SMALL_CITY).people.map(({ id }) => id);
    for (const id of people) {
      const own = id === 'wjj-ops';
      expect([id, await read((await city.person(id)).client)]).toEqual([id, [own, false, false]]);
    }
    expect(spec.organization).toBe('441500-wjj');
  });

  /** What the commands print, each after its mark. One process for all: starting one for each takes longer than all they do. */
  function ranEach(commands: readonly (readonly string[])[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const each = `
      const { main } = require(process.argv[1]);
      (async () => {
        for (const args of JSON.parse(process.argv[2])) {
          process.stdout.write('${MARK}' + args.join(' ') + '\\n');
          await main(args);
          process.stdout.write('exit ' + (process.exitCode ?? 0));
          process.exitCode = 0;
        }
      })();`;
    return govcloud([JSON.stringify(commands)], {
      program: [process.execPath, '-e', each, join(COMMANDS, '../main.ts')],
      env: { KUBECONFIG: join(city.home.dir, 'clusters/hub/admin.kubeconfig'), ...env },
    });
  }

  it('is in nothing that the CLI shows but the credentials', { timeout: 120_000 }, async () => {
    const secrets = await secretsOf(city);
    const first = async (kind: Kind, wanted: (it: KubeObject) => boolean = () => true) => {
      const { items } = await city.hub.client.list(resourceOf(kind), { namespace: DEPARTMENT });
      return items.find(wanted)?.metadata.name ?? '';
    };
    // Of what asks nothing of a pool there is no placement to be shown.
    const asks = ({ spec }: { spec?: unknown }) => (spec as ResourceRequest['spec']).action === 'Provision';
    const commands = shown(await first(Allocation), await first(ResourceRequest, asks));
    const verbs = readdirSync(COMMANDS, { recursive: true, encoding: 'utf8' })
      .filter((file) => VERBS_THAT_SHOW.test(file))
      .map((file) => file.replace('.ts', '').replace('/', ' '));
    expect(Object.keys(commands).sort()).toEqual(verbs.sort());
    const asked = Object.entries(commands).flatMap(([command, args]) =>
      ['wide', 'yaml'].map((format) => [...command.split(' '), ...args, '-o', format]),
    );
    const { stdout, stderr } = await ranEach(asked);
    const places = new Map(
      stdout
        .split(MARK)
        .slice(1)
        .map((text) => [text.slice(0, text.indexOf('\n')), text]),
    );
    expect([...places.keys()]).toEqual(asked.map((args) => args.join(' ')));
    // Three says that there is something to do, or that what was asked for does not hold.
    for (const text of places.values()) expect(text).toMatch(/exit [03]$/);
    places.set('stderr', stderr);
    expect(leaksIn(secrets, places)).toEqual([]);
  });

  it('is in no report that is handed on, nor in the dashboard', { timeout: 120_000 }, async () => {
    const secrets = await secretsOf(city);
    const dir = join(city.home.dir, 'handed-on');
    mkdirSync(dir);
    // Letters of a PDF are numbers of glyphs: what is looked through is the page that is printed.
    const printer = join(dir, 'printer');
    const print =
      'for it; do case $it in --print-to-pdf=*) to=${it#*=};; file://*) of=${it#file://};; esac; done; cp "$of" "$to"';
    writeFileSync(printer, `#!/bin/sh\n${print}\n`, { mode: 0o755 });
    const file = (name: string) => join(dir, name);
    const { items } = await city.hub.client.list(resourceOf(ResourceRequest), { namespace: DEPARTMENT });
    const requested =
      (items as unknown as StoredRequest[]).find(
        ({ spec, status }) => spec.action === 'Provision' && status?.allocations,
      )?.metadata.name ?? '';
    const { items: given } = await city.hub.client.list(resourceOf(Allocation), { namespace: DEPARTMENT });
    // With credentials, if there is one.
    const withSecret = given.find((it) => (it as unknown as StoredAllocation).status?.credentialsSecret);
    const wasDelivered = (it: (typeof given)[number]) =>
      (it as unknown as StoredAllocation).status?.deliveredRevision !== undefined;
    const delivered = (withSecret ?? given.find(wasDelivered))?.metadata.name ?? '';
    const reports = readdirSync(join(COMMANDS, 'report')).map((it) => it.replace('.ts', ''));
    const written = reports.flatMap((report) =>
      ['csv', 'xlsx', 'html', 'pdf'].map((format) => ({ report, format, name: `${report}.${format}` })),
    );
    const { stdout } = await ranEach(
      [
        ...written.map(({ report, format, name }) => ['report', report, '-o', format, '--out', file(name)]),
        ['dashboard', '--export', file('dashboard.html')],
        ['request', 'print', requested, '-n', DEPARTMENT, '--out', file('approval.html')],
        ['allocation', 'print', delivered, '-n', DEPARTMENT, '--out', file('acceptance.html')],
      ],
      { GOVCLOUD_CHROMIUM: printer },
    );
    expect(stdout.match(/exit \d/g)).toEqual(Array.from({ length: written.length + 3 }, () => 'exit 0'));
    const places = new Map<string, string>();
    for (const { name, format } of [
      ...written,
      { name: 'dashboard.html', format: 'html' },
      { name: 'approval.html', format: 'html' },
      { name: 'acceptance.html', format: 'html' },
    ]) {
      const content = readFileSync(file(name));
      const read = async () => JSON.stringify((await readXlsx(content)).sheets);
      places.set(name, format === 'xlsx' ? await read() : content.toString());
    }
    const shows = leaksIn(new Set([POOL, 'wjj']), places);
    for (const format of ['csv', 'xlsx', 'html', 'pdf']) expect(shows).toContain(`capacity.${format}`);
    expect(shows).toContain('dashboard.html');
    for (const form of ['approval.html', 'acceptance.html']) expect(shows).toContain(form);
    expect(leaksIn(secrets, places)).toEqual([]);
  });
});

describe('what an object names', () => {
  const apiVersion = 'govcloud.dev/v1alpha1';
  const resolved = (status: string) => (object: Parameters<typeof conditionOf>[0]) =>
    conditionOf(object, 'ResolvedRefs')?.status === status;
  const made = async <K extends Kind>(of: K, metadata: KubeObject['metadata'], spec: object) => {
    await city.hub.client.create(resourceOf(of), { apiVersion, kind: of.kind, metadata, spec } as KubeObject);
    const { metadata: name } = await city.seen(of, metadata, resolved('False') as never);
    const told = conditionOf((await city.get(of, name)) as never, 'ResolvedRefs')?.message ?? '';
    return told.slice(told.lastIndexOf(' / '));
  };
  const title = { zh: '待建', en: 'To be' };

  it('and is not there is told, and forgotten once it is there', async () => {
    const { client } = city.hub;
    const { spec: item } = await city.get(CatalogItem, { name: 'vm' });
    const { spec: pool } = await city.get(CapacityPool, { name: POOL });
    const { spec: member } = await city.get(MemberCluster, { name: 'extranet' });
    const before = city.log().length;

    // Nothing of zone, cluster, county and system stands yet.
    const town = { name: 'town', type: 'town', parents: [{ code: 'county', from: '2020-01-01' }] };
    const told = {
      item: await made(CatalogItem, { name: 'to-be' }, { ...item, zones: ['to-be'] }),
      pool: await made(
        CapacityPool,
        { name: 'to-be' },
        { ...pool, zone: 'to-be-too', cluster: 'to-be', total: {}, reserve: {} },
      ),
      town: await made(Organization, { name: 'town' }, { ...town, name: title, budgetUnit: true }),
      quota: await made(
        Quota,
        { name: 'county', namespace: 'gov-441500' },
        { child: { organization: 'county' }, zone: 'to-be', limits: {}, basis: '文号' },
      ),
      ofSystem: await made(
        Quota,
        { name: 'system', namespace: 'gov-441500' },
        { child: { system: 'to-be' }, limits: {}, basis: '文号' },
      ),
      // It will never be there: `default` is no organisation's.
      ofNobody: await made(
        Quota,
        { name: 'nobody', namespace: 'default' },
        { child: { organization: 'county' }, limits: {}, basis: '文号' },
      ),
    };
    expect(told).toMatchObject({
      item: expect.stringContaining('E_ZONE_UNKNOWN spec.zones: there is no zone to-be;'),
      pool: expect.stringContaining('E_CLUSTER_UNKNOWN spec.cluster: there is no member cluster to-be'),
      town: expect.stringContaining(
        'E_ORGANIZATION_UNKNOWN spec.parents[2020-01-01].code: there is no organisation county',
      ),
      quota: expect.stringMatching(
        /E_ORGANIZATION_UNKNOWN spec.child.organization: there is no organisation county; E_ZONE_UNKNOWN spec.zone:/,
      ),
      ofSystem: expect.stringContaining('E_SYSTEM_UNKNOWN spec.child.system: system to-be'),
      ofNobody: expect.stringContaining('E_QUOTA_NAMESPACE metadata.namespace: namespace default'),
    });

    // A member of another zone than its pool's is not what the pool needs.
    const cluster = (zone: string) => ({ ...member, zone, zoneTitle: title });
    await client.create(resourceOf(MemberCluster), {
      apiVersion,
      kind: 'MemberCluster',
      metadata: { name: 'to-be' },
      spec: cluster('to-be'),
    } as KubeObject);
    await city.seen(CatalogItem, { name: 'to-be' }, resolved('True'));
    await city.seen(
      CapacityPool,
      { name: 'to-be' },
      (it) => conditionOf(it, 'ResolvedRefs')?.message.includes('E_CLUSTER_ZONE') ?? false,
    );
    await client.mergePatch(
      resourceOf(MemberCluster),
      { name: 'to-be' },
      {
        spec: cluster('to-be-too'),
      },
    );
    await city.seen(CapacityPool, { name: 'to-be' }, resolved('True'));
    // And the zone that it left is none any more.
    await city.seen(CatalogItem, { name: 'to-be' }, resolved('False'));

    const county = { type: 'county', name: title, budgetUnit: true };
    const parents = [{ code: '441500', from: '2020-01-01' }];
    await client.create(resourceOf(Organization), {
      apiVersion,
      kind: 'Organization',
      metadata: { name: 'county' },
      spec: { ...county, parents },
    } as KubeObject);
    await city.seen(Organization, { name: 'town' }, resolved('True'));
    await city.seen(
      Quota,
      { name: 'county', namespace: 'gov-441500' },
      (it) => conditionOf(it, 'ResolvedRefs')?.message.includes('E_ORGANIZATION_UNKNOWN') === false,
    );
    const { spec: system } = await city.get(InformationSystem, {
      name: 'menhu',
      namespace: 'gov-441523',
    });
    await client.create(resourceOf(InformationSystem), {
      apiVersion,
      kind: 'InformationSystem',
      metadata: { name: 'to-be', namespace: 'gov-441500' },
      spec: system,
    } as KubeObject);
    await city.seen(Quota, { name: 'system', namespace: 'gov-441500' }, resolved('True'));

    // A circle is told on each that is in it, and gone when it is opened.
    const under = (code: string) =>
      client.mergePatch(
        resourceOf(Organization),
        { name: 'county' },
        { spec: { parents: [{ code, from: '2020-01-01' }] } },
      );
    await under('town');
    for (const name of ['town', 'county']) {
      const { status } = await city.seen(Organization, { name }, resolved('False'));
      expect(conditionOf({ status }, 'ResolvedRefs')?.message).toContain('E_ORGANIZATION_TREE spec.parents');
    }
    await under('441500');
    for (const name of ['town', 'county']) await city.seen(Organization, { name }, resolved('True'));

    const failed = city
      .log()
      .slice(before)
      .filter(({ msg }) => msg === 'reconcile failed');
    expect(failed.map(({ key, err }) => ({ key, err }))).toEqual([]);
  });
});

describe('every field of what the operator looks at by itself', () => {
  const KINDS_OF_IT: readonly string[] = [
    Organization,
    MemberCluster,
    CapacityPool,
    Quota,
    CatalogItem,
    StockImport,
    Repair,
  ].map(({ kind }) => kind);
  /** Whoever makes them; what somebody hands in or asks for carries their name. */
  let caller: string;
  beforeAll(async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const { status } = await city.hub.client.raw<{ status: { userInfo: { username: string } } }>(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { method: 'POST', body: review },
    );
    caller = status.userInfo.username;
  });
  const own = leaves().filter(({ kind }) => KINDS_OF_IT.includes(kind));
  interface Seen {
    readonly metadata: KubeObject['metadata'] & { generation?: number };
    readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly object[] };
  }
  const names = own.map((_, index) => [`field-${index}-changed`, `field-${index}-fresh`] as const);

  const kindOf = (leaf: Leaf) => KINDS.find(({ kind }) => kind === leaf.kind) as (typeof KINDS)[number];
  /** An account of its own for each, and nothing that a request could be placed in. */
  const specFor = (leaf: Leaf, spec: object, name: string): object => {
    const own = structuredClone(spec) as {
      child?: { organization?: string };
      zone?: string;
      requester?: string;
    };
    const { requester } = leaf.spec as { requester?: string };
    if (requester !== undefined && own.requester === requester) own.requester = caller;
    if (own.child?.organization !== undefined) own.child.organization = name;
    if (leaf.kind === 'CapacityPool' || leaf.kind === 'MemberCluster') own.zone = 'field';
    return own;
  };

  /** Its status, once it is of what its spec says, without times and what was last seen of a member; NAME for its own name. */
  const settled = async (leaf: Leaf, at: { name: string; namespace?: string }, generation = 1) => {
    const { status } = (await city.seen(
      kindOf(leaf) as never,
      at,
      (it) => ((it as Seen).status?.observedGeneration ?? 0) >= generation,
    )) as Seen;
    const {
      lastSeen: _time,
      kubernetesVersion: _seen,
      nodes: _nodes,
      observedGeneration: _generation,
      ...shown
    } = (status ?? {}) as Record<string, unknown>;
    const conditions = (status?.conditions ?? []).map((it) => ({
      ...it,
      lastTransitionTime: '',
      observedGeneration: 0,
    }));
    const holder = leaf.kind === 'CapacityPool' || leaf.kind === 'Quota' ? [at.name] : [];
    const limits = (await readBalances(city.books, { holders: holder })).map(
      ({ account: { zone, arch, resource }, hard }) => `${zone} ${arch} ${resource} ${hard.value}`,
    );
    const text = JSON.stringify({ ...shown, conditions, limits: holder.length > 0 ? limits.sort() : [] });
    return JSON.parse(text.replaceAll(at.name, 'NAME')) as object;
  };

  it('changed is as made so, and changed back is as it was', async () => {
    expect(own).toHaveLength(129);
    const client = city.hub.client;
    const before = city.log().length;
    const fixed: string[] = [];
    // Zones that nobody serves are told beside those that there are: they stay the same from here on.
    const zones = own.find(({ kind }) => kind === 'MemberCluster') as Leaf;
    await client.create(resourceOf(MemberCluster), {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'MemberCluster',
      metadata: { name: 'field' },
      spec: specFor(zones, zones.spec, 'field'),
    } as KubeObject);
    await settled(zones, { name: 'field' });
    await Promise.all(
      own.map(async (leaf, index) => {
        const resource = resourceOf(kindOf(leaf));
        const [changed, fresh] = (names[index] ?? []).map((name) => ({
          name,
          ...(resource.namespaced ? { namespace: 'gov-441500' } : {}),
        })) as [{ name: string }, { name: string }];
        const make = async (metadata: { name: string }, spec: object) => {
          const { apiVersion, kind } = { apiVersion: 'govcloud.dev/v1alpha1', kind: leaf.kind };
          await client.create(resource, {
            apiVersion,
            kind,
            metadata,
            spec: specFor(leaf, spec, metadata.name),
          });
          return settled(leaf, metadata);
        };
        const change = async (spec: object) => {
          const { metadata } = (await client.jsonPatch(resource, changed, [
            { op: 'replace', path: '/spec', value: specFor(leaf, spec, changed.name) },
          ])) as Seen;
          return settled(leaf, changed, metadata.generation);
        };
        const other = withValue(leaf, otherValue(leaf));
        const first = await make(changed, leaf.spec);
        try {
          const after = await change(other);
          expect({ field: fieldOf(leaf), ...after }).toEqual({
            field: fieldOf(leaf),
            ...(await make(fresh, other)),
          });
        } catch (error) {
          if (!(error instanceof KubeError)) throw error;
          fixed.push(`${leaf.kind} ${leaf.path}`);
          return;
        }
        expect({ field: fieldOf(leaf), ...(await change(leaf.spec)) }).toEqual({
          field: fieldOf(leaf),
          ...first,
        });
      }),
    );
    // The API server says why, see `kinds.test.ts`. The zone of a pool is the same in all of them here.
    expect(fixed.sort()).toEqual([
      'CapacityPool arch',
      'CatalogItem credentials.template',
      'CatalogItem fulfilment',
      'CatalogItem parameters[].type',
      'CatalogItem parameters[].valueArchs[].value',
      'Quota arch',
      'Quota child.system',
      'Quota zone',
      'Repair reason',
      'Repair requester',
      'StockImport requester',
    ]);
    const failed = city
      .log()
      .slice(before)
      .filter(({ msg }) => msg === 'reconcile failed');
    expect(failed.map(({ key, err }) => ({ key, err }))).toEqual([]);
  });
});
