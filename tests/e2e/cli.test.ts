import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as dial, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readXlsx, writeXlsx } from 'hucre/xlsx';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QuotaBalance } from '../../api/reports/index.ts';
import { resourceOf } from '../../api/kind.ts';
import {
  type Allocation,
  MemberCluster,
  type Project,
  type Quota,
  type Quote,
  type ResourceRequest,
  type StockImport,
} from '../../api/v1alpha1/index.ts';
import { connect } from '../../books/database.ts';
import { migrations } from '../../books/migrations/index.ts';
import type { PlacementAnswer } from '../../cli/services/placement.ts';
import type { KubeObject } from '../../kube/types.ts';
import { SECRETS } from '../../operator/adapters/hub.ts';
import { LEASES } from '../../operator/runtime/leader.ts';
import { loadDirectly } from '../support/load.ts';
import { type RunningCity, upCity } from '../../tools/city/up.ts';
import { govcloud, PLAIN, type Ran, type RunOptions } from './cli-run.ts';

/** The CLI against the local city, as the city's people. */

const ROOT = join(import.meta.dirname, '../..');
const dir = mkdtempSync(join(tmpdir(), 'govcloud-cli-'));
// The database's user passes through when we are root.
chmodSync(dir, 0o711);
let city: RunningCity;

beforeAll(async () => {
  city = await upCity({ dir: join(dir, 'city'), load: loadDirectly, unsafeNoFsync: true });
});
afterAll(async () => {
  const { exit, stderr } = await govcloud(['down', '--dir', join(dir, 'city')]);
  rmSync(dir, { recursive: true, force: true });
  expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' });
});

function as(person: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return govcloud(args, {
    ...options,
    env: { KUBECONFIG: city.kubeconfig, ...options.env, GOVCLOUD_PERSON: person },
  });
}

/** Runs a command as somebody and wants it to end well. */
async function ok(person: string, ...args: string[]): Promise<string> {
  const ran = await as(person, ['--context', person, ...args]);
  if (ran.exit !== 0)
    throw new Error(`${person}: ${args.join(' ')}: exit ${ran.exit}\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

/** Runs a command as somebody, whatever comes of it. */
function tried(person: string, ...args: string[]): Promise<Ran> {
  return as(person, ['--context', person, ...args]);
}

async function json<T>(person: string, ...args: string[]): Promise<T> {
  return JSON.parse(await ok(person, ...args, '-o', 'json')) as T;
}

interface List<T> {
  readonly kind: 'List';
  readonly items: T[];
}

const DEMAND = (
  '--system quanmin-jiankang --project wjj-jiankang --zone extranet --until 2027-12-31 --reason 建设 ' +
  '--applicant-reviewer 科长 --item vm=2:vcpu=2,memoryGiB=4,diskGiB=40'
).split(' ');

async function newRequest(...more: string[]): Promise<ResourceRequest> {
  return json('wjj-ops', 'request', 'create', ...DEMAND, ...more);
}

/** Has everybody approve a submitted request, and waits for what comes of it. */
async function approve(request: ResourceRequest, state: string): Promise<ResourceRequest> {
  const { name } = request.metadata;
  for (const [step, person] of [
    ['PendingInitialReview', 'initial-reviewer'],
    ['PendingTechnicalReview', 'technical-reviewer'],
    ['PendingApproval', 'approver'],
  ] as const) {
    await ok('wjj-ops', 'request', 'watch', name, '--for', step, '--timeout', '60s');
    await ok(person, 'review', 'approve', name);
  }
  await ok('wjj-ops', 'request', 'watch', name, '--for', state, '--timeout', '90s');
  return json('wjj-ops', 'request', 'show', name);
}

/** The headings and the text of what waits for somebody, as their dashboard has it. */
async function todo(person: string, lang: 'zh' | 'en' = 'zh'): Promise<Record<string, string>> {
  const file = join(dir, 'dashboard.html');
  await ok(person, 'dashboard', '--export', file, '--lang', lang);
  const [, page = ''] = /<article id="todo">(.*?)<\/article>/s.exec(readFileSync(file, 'utf8')) ?? [];
  const parts = [...page.matchAll(/<section><h2>(.*?)<\/h2>(.*?)<\/section>/gs)];
  return Object.fromEntries(parts.map(([, heading = '', text = '']) => [heading, text]));
}

describe('requests', () => {
  test('what is missing is told at once, and nobody is asked who does not sit at a terminal', async () => {
    const { exit, stdout, stderr } = await tried(
      'wjj-ops',
      'request',
      'create',
      '--system',
      'quanmin-jiankang',
    );
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    for (const flag of ['project', 'zone', 'until', 'reason', 'item', 'applicant-reviewer'])
      expect(stderr).toContain(`--${flag}`);
  });

  test('a dry run tells price, pool, every other pool’s reasons and each quota level, and writes nothing', async () => {
    const before = await json<List<ResourceRequest>>('wjj-ops', 'request', 'list');
    const page = await ok('wjj-ops', 'request', 'create', ...DEMAND, '--dry-run=client', '--lang', 'en');
    expect(page).toMatch(/Price a month +¥[\d,]+\.\d\d/);
    expect(page).toMatch(/Pool +extranet-(amd64|arm64) /);
    expect(page).toContain('internet carries at most MLPS 2, the system has 3');
    expect(page).toMatch(/organisation 441500-wjj +\*\/\* +VCPU +4 /);
    expect(page).toMatch(/organisation 441500 +\*\/\* /);
    const tried = await json<{ ok: boolean; request: ResourceRequest }>(
      'wjj-ops',
      'request',
      'create',
      ...DEMAND,
      '--dry-run=server',
    );
    expect(tried).toMatchObject({ ok: true, request: { metadata: { uid: expect.any(String) } } });
    expect((await json<List<ResourceRequest>>('wjj-ops', 'request', 'list')).items).toHaveLength(
      before.items.length,
    );
  });

  test('the dry run and what is granted agree field by field', async () => {
    const dry = await json<{ quote: Quote }>('wjj-ops', 'request', 'create', ...DEMAND, '--dry-run=client');
    const request = await newRequest('--submit');
    await ok(
      'wjj-ops',
      'request',
      'watch',
      request.metadata.name,
      '--for',
      'PendingInitialReview',
      '--timeout',
      '60s',
    );
    const shown = await json<ResourceRequest>('wjj-ops', 'request', 'show', request.metadata.name);
    expect(shown.status?.quote).toEqual(dry.quote);

    // And how its pool was chosen is in the books, to be decided again.
    const placement = ['request', 'placement', request.metadata.name, '--replay'];
    const placed = await json<PlacementAnswer>('wjj-ops', ...placement);
    expect(placed).toMatchObject({ hold: { state: 'pending' }, differences: [] });
    const scores = (pools: readonly Pick<Quote['pools'][number], 'pool' | 'score'>[]) =>
      pools.map(({ pool, score }) => [pool, score]);
    expect(scores(placed.placement.verdicts)).toEqual(scores(dry.quote.pools));
    const told = await ok('wjj-ops', ...placement, '--lang', 'en');
    expect(told).toMatch(/^ +internet-amd64 .* refused .* MLPS/m);
    expect(told).toContain('decided again on what the books hold: the same');
    expect(await tried('wjj-ops', 'request', 'placement', 'no-such-request')).toMatchObject({ exit: 6 });
    await ok('wjj-ops', 'request', 'withdraw', request.metadata.name, '--yes');
  });

  test('what does not fit is refused with every reason, and a fault is never sent', async () => {
    const big = await tried(
      'wjj-ops',
      'request',
      'create',
      ...DEMAND.slice(0, -1),
      'vm=100:vcpu=128,memoryGiB=384,diskGiB=40',
      '--dry-run=client',
      '-o',
      'json',
    );
    expect(big.exit).toBe(4);
    const { reasons, pools } = JSON.parse(big.stdout) as {
      reasons: { code: string; where: string }[];
      pools: { reasons: unknown[] }[];
    };
    const where = reasons.map((it) => it.where);
    for (const account of [
      'organisation/441500-wjj/*/*/vcpu',
      'organisation/441500-wjj/*/*/memory',
      'organisation/441500/*/*/memory',
      'pool/extranet-arm64/extranet/arm64/vcpu',
    ]) {
      expect(where).toContain(account);
    }
    expect(pools.every((pool) => pool.reasons.length > 0)).toBe(true);
    const wrong = await tried(
      'wjj-ops',
      'request',
      'create',
      ...DEMAND.slice(0, -1),
      'vm=2:vcpu=500,cpus=3',
      '--lang',
      'en',
    );
    expect(wrong.exit).toBe(3);
    for (const code of ['E_PARAMETER_RANGE', 'E_PARAMETER_UNKNOWN', 'E_PARAMETER_MISSING'])
      expect(wrong.stderr).toContain(code);
  });

  test('draft, edit, submit, withdraw; a 受理编号 is as good as a name', async () => {
    const draft = await newRequest();
    const { name } = draft.metadata;
    expect(draft.spec).toMatchObject({
      submission: 0,
      requester: 'system:serviceaccount:govcloud-people:wjj-ops',
      applicant: { unit: '市卫生健康局', reviewer: '科长' },
      mlps: 3,
    });
    const edited = await json<ResourceRequest>(
      'wjj-ops',
      'request',
      'edit',
      name,
      '--item',
      'vm=1:vcpu=1,memoryGiB=1,diskGiB=20',
      '--until',
      '2028-6-30',
    );
    expect(edited.spec).toMatchObject({
      until: '2028-06-30',
      reason: '建设',
      lines: [{ name: 'vm', quantity: 1 }],
    });
    expect((await tried('wjj-ops', 'request', 'edit', name)).exit).toBe(2);
    await ok('wjj-ops', 'request', 'submit', name);
    expect((await tried('wjj-ops', 'request', 'submit', name)).exit).toBe(3);
    await ok('wjj-ops', 'request', 'watch', name, '--for', '待初审', '--timeout', '60s');
    const serial = await ok('wjj-ops', 'request', 'show', name, '-o', 'jsonpath={.status.serial}');
    expect(serial.trim()).toMatch(/^ZY-\d{4}-\d{6}$/);
    expect(await ok('wjj-ops', 'request', 'show', serial.trim().toLowerCase())).toContain(name);
    const why = await ok('manager', 'request', 'why', serial.trim(), '--lang', 'en');
    expect(why).toMatch(/Waits for +initial reviewers/);
    expect(why).toContain('govcloud-initial-reviewer');
    expect(await ok('auditor', 'request', 'why', serial.trim(), '--lang', 'en')).toMatch(
      /Who can move it +initial-reviewer/,
    );
    expect((await tried('wjj-ops', 'request', 'withdraw', serial.trim())).stderr).toContain('--yes');
    await ok('wjj-ops', 'request', 'withdraw', serial.trim(), '--yes');
    await ok('wjj-ops', 'request', 'watch', name, '--for', 'Withdrawn', '--timeout', '60s');
    expect(await ok('wjj-ops', 'request', 'why', name)).toContain('govcloud request create');
    const ended = await tried('wjj-ops', 'request', 'watch', name, '--for', 'InUse', '--timeout', '60s');
    expect(ended.stderr).toContain('E_WAIT_ENDED');
  });

  test('a request goes out as YAML and comes in again by stdin', async () => {
    const draft = await newRequest();
    const yaml = await ok('wjj-ops', 'request', 'show', draft.metadata.name, '-o', 'yaml');
    expect(yaml).not.toContain('managedFields');
    const spec = yaml
      .replace(/^ {2}name: .*$/m, '')
      .replace(/^ {2}uid: .*$/m, '')
      .replace(/^ {2}resourceVersion: .*$/m, '');
    const copy = await as('wjj-ops', ['--context', 'wjj-ops', 'request', 'create', '-f', '-', '-o', 'json'], {
      stdin: spec,
    });
    expect(copy).toMatchObject({ exit: 0 });
    const made = JSON.parse(copy.stdout) as ResourceRequest;
    expect(made.metadata.name).not.toBe(draft.metadata.name);
    expect(made.spec).toEqual(draft.spec);
    const many = (text: string, ...more: string[]) =>
      as('wjj-ops', ['--context', 'wjj-ops', 'request', 'create', '-f', '-', ...more], { stdin: text });
    const names = async () => (await ok('wjj-ops', 'request', 'list', '-o', 'name')).split('\n');
    const before = await names();
    const halfBad = await many(`${spec}---\n${spec.replace('zone: extranet', 'zone: nowhere')}`);
    expect(halfBad).toMatchObject({ exit: 6, stdout: '', stderr: expect.stringContaining('E_ZONE_UNKNOWN') });
    const mistyped = await many(spec.replace('quantity:', 'quantty:'), '--lang', 'en');
    expect(mistyped.exit).toBe(2);
    expect(mistyped.stderr).toContain(
      'E_FIELD: field spec.lines[0].quantty does not exist, did you mean: quantity',
    );
    expect((await many(yaml, '-n', 'gov-441523')).stderr).toContain('E_MANIFEST_NAMESPACE');
    expect((await many(yaml)).stderr).toContain('E_API_EXISTS');
    expect(await names()).toEqual(before);
    const two = await many(`${spec}---\n${spec}`, '-o', 'name');
    expect(two.stdout).toMatch(/^(resourcerequest\.govcloud\.dev\/req-\w+\n){2}$/);
    const [first = ''] = two.stdout.split('\n');
    const listed = await ok('wjj-ops', 'request', 'list', '-o', 'yaml');
    expect((await many(listed, '--dry-run=server')).exit).toBe(5);
    expect(await tried('wjj-ops', 'request', 'edit', first, '-f', fileOf(yaml))).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('E_MANIFEST_NAME'),
    });
    const edited = fileOf(spec.replace('reason: 建设', 'reason: 扩容'));
    const changed = await json<ResourceRequest>('wjj-ops', 'request', 'edit', first, '-f', edited);
    expect(changed.spec.reason).toBe('扩容');
  });

  /** A file of its own with this text. */
  function fileOf(text: string): string {
    const file = join(mkdtempSync(join(dir, 'file-')), 'request.yaml');
    writeFileSync(file, text);
    return file;
  }

  test('a unit’s form becomes a request, with its stamped file, and a bad one is refused cell by cell', async () => {
    const template = join(dir, '申请表.xlsx');
    await ok('wjj-ops', 'request', 'template', '-o', template);
    const { sheets } = await readXlsx(readFileSync(template));
    const form = async (name: string, cells: Readonly<Record<string, string>>) => {
      const rows = (sheets[0]?.rows ?? []).map((row) => [...row]);
      for (const [cell, text] of Object.entries(cells)) {
        const row = rows[Number(cell.slice(1)) - 1];
        if (row) row[cell.charCodeAt(0) - 65] = text;
      }
      const file = join(dir, name);
      writeFileSync(file, await writeXlsx({ sheets: [{ name: '申请表', rows }] }));
      return file;
    };
    const cells = {
      D3: '全民健康信息综合管理平台',
      B4: '全民健康信息综合管理平台项目',
      D4: '政务外网区',
      D5: '2027年12月底前',
      B6: '张三',
      D6: '0660-1',
      B7: '科长',
      D7: 'clerk',
      B10: '建设',
      B13: '云主机',
      C13: '2核4G40G',
      D13: '2台',
    };
    const good = await form('好表.xlsx', cells);
    const bad = await form('坏表.xlsx', { ...cells, D5: '明年', C13: '很大' });
    const refused = await tried('wjj-ops', 'request', 'create', '-f', bad, '--submit');
    expect(refused).toMatchObject({ exit: 3, stdout: '' });
    expect(refused.stderr).toMatch(/E_CELL_DATE.*D5[^]*E_STOCK_SPECIFICATION.*C13/);

    const dry = ['--dry-run=client', '-o', 'json'];
    const byForm = JSON.parse(await ok('wjj-ops', 'request', 'create', '-f', good, ...dry));
    const byFlags = JSON.parse(
      await ok('wjj-ops', 'request', 'create', ...DEMAND, '--applicant-person', '张三', ...dry),
    );
    expect(byForm).toMatchObject({ ok: true, quote: byFlags.quote, effects: byFlags.effects });
    expect(byForm.request.spec.lines).toEqual(byFlags.request.spec.lines);

    const [stamped, folder] = [join(dir, '盖章件.pdf'), join(dir, 'attachments')];
    writeFileSync(stamped, 'stamped');
    const env = { GOVCLOUD_ATTACHMENTS: folder };
    const create = [
      '--context',
      'wjj-ops',
      'request',
      'create',
      '-f',
      good,
      '--attach',
      stamped,
      '-o',
      'json',
    ];
    const absent = await as('wjj-ops', create, { env });
    expect(absent.exit).toBe(2);
    expect(JSON.parse(absent.stdout)).toMatchObject({ error: { code: 'E_ATTACHMENTS_FOLDER' } });
    mkdirSync(folder);
    const made = await as('wjj-ops', create, { env });
    expect({ exit: made.exit, stderr: made.exit === 0 ? '' : made.stderr }).toEqual({ exit: 0, stderr: '' });
    const { metadata, spec } = JSON.parse(made.stdout) as ResourceRequest;
    expect(spec.attachment).toMatchObject({ name: '盖章件.pdf', bytes: 7 });
    expect(spec.applicant.account).toBe('system:serviceaccount:govcloud-people:clerk');
    const back = join(dir, '取回.pdf');
    const read = ['--context', 'wjj-ops', 'request', 'attachment', metadata.name, '-o', back];
    expect(await as('wjj-ops', read, { env })).toMatchObject({ exit: 0 });
    expect(readFileSync(back, 'utf8')).toBe('stamped');
    writeFileSync(join(folder, spec.attachment?.sm3 ?? ''), 'forged');
    expect((await as('wjj-ops', read, { env })).stderr).toContain('E_ATTACHMENT_CHANGED');

    // A new form keeps what it has no cell for.
    const more = await form('改表.xlsx', { ...cells, D13: '3台' });
    const edited = await json<ResourceRequest>('wjj-ops', 'request', 'edit', metadata.name, '-f', more);
    expect(edited.spec).toMatchObject({
      lines: [{ quantity: 3 }],
      attachment: spec.attachment,
      submission: 0,
    });
    await ok('wjj-ops', 'request', 'withdraw', metadata.name, '--yes');
  });

  test('a zone that is not there is named with those that are, and nothing is sent', async () => {
    const at = DEMAND.indexOf('extranet');
    const { exit, stdout, stderr } = await tried(
      'wjj-ops',
      'request',
      'create',
      ...DEMAND.with(at, 'extranett'),
      '--lang',
      'en',
    );
    expect({ exit, stdout }).toEqual({ exit: 6, stdout: '' });
    expect(stderr).toContain(
      'E_ZONE_UNKNOWN [spec.zone]: there is no zone extranett; there are extranet, internet',
    );
    expect(stderr).toContain('did you mean: extranet\n');
  });

  test('unknown names suggest near ones and end with 6', async () => {
    const draft = await newRequest();
    const near = `${draft.metadata.name.slice(0, -1)}0`;
    const { exit, stderr } = await tried('wjj-ops', 'request', 'show', near, '--lang', 'en');
    expect(exit).toBe(6);
    expect(stderr).toContain(`did you mean: `);
    expect(stderr).toContain(draft.metadata.name);
    expect(await tried('wjj-ops', 'catalog', 'show', 'postgres')).toMatchObject({
      exit: 6,
      stderr: expect.stringContaining('postgresql'),
    });
  });
});

describe('reviews', () => {
  test('a work list shows what one may decide and nothing else; decisions name what was read', async () => {
    const request = await newRequest('--submit');
    const { name } = request.metadata;
    await ok('wjj-ops', 'request', 'watch', name, '--for', 'PendingInitialReview', '--timeout', '60s');
    const listed = async (person: string) =>
      (await json<List<ResourceRequest>>(person, 'review', 'list')).items.map(
        ({ metadata }) => metadata.name,
      );
    expect(await listed('initial-reviewer')).toContain(name);
    expect((await todo('initial-reviewer'))['待审批']).toContain(name);
    const late = await json<List<object>>('initial-reviewer', 'review', 'list', '--late');
    expect(late.items).toEqual([]);
    const twin = (await newRequest('--submit')).metadata.name;
    const page = await ok('initial-reviewer', 'review', 'show', name, '--lang', 'en');
    expect(page).toMatch(/^Money$/m);
    expect(page).toMatch(/^ {2}Left of the budget +-?¥[\d,]+\.\d\d/m);
    expect(page).toMatch(/^ {2}organisation 441500-wjj +\*\/\* +VCPU +4 /m);
    expect(page).toMatch(/^ {2}pool extranet-(amd64|arm64) /m);
    await ok('wjj-ops', 'request', 'watch', twin, '--for', 'PendingInitialReview', '--timeout', '60s');
    expect(await ok('initial-reviewer', 'review', 'show', twin, '--lang', 'en')).toMatch(
      new RegExp(`^ {2}E_REPEATS_REQUEST another open request of the system asks for vm: ${name} `, 'm'),
    );
    expect(await json<ResourceRequest>('initial-reviewer', 'review', 'show', name)).toMatchObject({
      kind: 'ResourceRequest',
      metadata: { name },
    });
    await ok('wjj-ops', 'request', 'withdraw', twin, '--yes');
    for (const person of ['technical-reviewer', 'luhe-bureau', 'manager', 'wjj-ops'])
      expect(await listed(person)).not.toContain(name);
    const stale = await tried('initial-reviewer', 'review', 'approve', name, '--ticket', 'another');
    expect(stale).toMatchObject({ exit: 5, stderr: expect.stringContaining('E_CONFLICT') });
    expect(await tried('technical-reviewer', 'review', 'approve', name)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('E_STEP_NOT_GRANTED'),
    });
    expect((await tried('wjj-ops', 'review', 'approve', name)).exit).toBe(3);
    expect(await ok('initial-reviewer', 'review', 'approve', name, '--dry-run=server')).not.toBe('');
    await ok('initial-reviewer', 'review', 'approve', name, '--comment', '材料齐全');
    await ok('wjj-ops', 'request', 'watch', name, '--for', 'PendingTechnicalReview', '--timeout', '60s');
    expect(await listed('initial-reviewer')).not.toContain(name);
    const again = await tried('initial-reviewer', 'review', 'approve', name);
    expect(again.exit).toBe(3);
    await ok('technical-reviewer', 'review', 'return', name, '--comment', '内存偏大');
    await ok('wjj-ops', 'request', 'watch', name, '--for', 'Returned', '--timeout', '60s');
    const why = await ok('wjj-ops', 'request', 'why', name);
    expect(why).toContain('内存偏大');
    expect(why).toContain('request edit');
    expect((await todo('wjj-ops', 'en'))['Requests to edit and submit']).toContain(name);
    expect(Object.values(await todo('initial-reviewer')).join('')).not.toContain(name);
    await ok('wjj-ops', 'request', 'edit', name, '--item', 'vm=1:vcpu=2,memoryGiB=4,diskGiB=20');
    await ok('wjj-ops', 'request', 'watch', name, '--for', 'PendingInitialReview', '--timeout', '60s');
    const changed = await ok('initial-reviewer', 'review', 'show', name, '--lang', 'en');
    expect(changed).toMatch(/^Changed since version 1$/m);
    expect(changed).toMatch(/^ {2}vm quantity +2 +1$/m);
    expect(changed).toMatch(/^ {2}vm diskGiB +40 +20$/m);
    expect(changed).toMatch(/^ {2}Price a month +¥[\d,.]+ +¥[\d,.]+$/m);
    expect(changed).not.toMatch(/^ {2}reason /m);
    await ok('wjj-ops', 'request', 'withdraw', name, '--yes');
  });
});

describe('allocations', () => {
  test('from approval to acceptance, a larger size, and back', async () => {
    const capacity = await json<{ pools: object[] }>('manager', 'capacity', 'show');
    const granted = await approve(
      await newRequest('--applicant-account', 'clerk', '--submit'),
      'PendingAcceptance',
    );
    const [name = ''] = granted.status?.allocations ?? [];
    const serial = granted.status?.serial ?? '';
    const row = (await ok('wjj-ops', 'allocation', 'list', '--no-headers'))
      .split('\n')
      .find((line) => line.includes(name));
    for (const part of ['quanmin-jiankang', '2027-12-31', serial, '元', '待验收'])
      expect(row).toContain(part);
    expect(await ok('wjj-ops', 'allocation', 'show', serial)).toContain(name);
    const printed = await ok('wjj-ops', 'request', 'print', serial);
    for (const reviewer of ['initial-reviewer', 'technical-reviewer', 'approver'])
      expect(printed).toMatch(
        new RegExp(`<dd>${reviewer}</dd><dt>日期</dt><dd>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d</dd>`),
      );
    expect(await ok('wjj-ops', 'allocation', 'credentials', name, '-o', 'jsonpath={.data.password}')).toMatch(
      /^[\w+/=]+\n$/,
    );
    expect((await tried('approver', 'allocation', 'credentials', name, '-n', 'gov-441500-wjj')).exit).toBe(3);
    expect(await ok('wjj-ops', 'request', 'why', serial)).toContain(`govcloud allocation accept ${name}`);
    expect((await todo('wjj-ops'))['待开通、验收、续期、清除的资源']).toContain(name);
    expect((await tried('wjj-ops', 'allocation', 'refuse', name)).exit).toBe(2);
    await ok('wjj-ops', 'allocation', 'accept', name);
    expect((await tried('wjj-ops', 'allocation', 'accept', name)).exit).toBe(3);
    await ok('wjj-ops', 'request', 'watch', serial, '--for', 'InUse', '--timeout', '60s');
    expect(await ok('wjj-ops', 'request', 'why', serial)).toContain(
      `govcloud request resize|renew|release ${name}`,
    );

    expect((await tried('wjj-ops', 'request', 'resize', name)).exit).toBe(2);
    const resize = await json<ResourceRequest>(
      'wjj-ops',
      'request',
      'resize',
      name,
      '--quantity',
      '3',
      '--set',
      'vcpu=4',
      '--submit',
    );
    expect(resize.spec).toMatchObject({
      action: 'Resize',
      target: { allocation: name, revision: 1 },
      lines: [{ quantity: 3, parameters: { vcpu: 4, memoryGiB: 4, diskGiB: 40 } }],
      applicant: { reviewer: '科长' },
    });
    expect(resize.spec.applicant.account).toBe('system:serviceaccount:govcloud-people:clerk');
    await approve(resize, 'PendingAcceptance');
    await ok('wjj-ops', 'allocation', 'accept', name);
    const shorter = await tried('wjj-ops', 'request', 'renew', name, '--until', '2027-12-31', '--submit');
    expect(shorter).toMatchObject({
      exit: 3,
      stdout: '',
      stderr: expect.stringContaining('E_TERM_NOT_LONGER'),
    });
    const renew = await json<ResourceRequest>(
      'wjj-ops',
      'request',
      'renew',
      name,
      '--until',
      '2028-12-31',
      '--dry-run=server',
    ).catch((error: unknown) => error);
    expect(renew).toMatchObject({ ok: true });

    const release = await json<ResourceRequest>(
      'wjj-ops',
      'request',
      'release',
      name,
      '--submit',
      '--reason',
      '项目结束',
    );
    await approve(release, 'Reclaimed');
    expect((await json<Allocation>('wjj-ops', 'allocation', 'show', name)).status?.state).toBe('Reclaimed');
    expect(await ok('wjj-ops', 'allocation', 'list')).not.toContain(name);
    expect(await ok('wjj-ops', 'allocation', 'list', '--all')).toContain(name);
    // Nobody has in use what the first request gave.
    await ok('wjj-ops', 'request', 'watch', serial, '--for', 'Reclaimed', '--timeout', '60s');
    const bySerial = await json<List<{ action: string; subject: string }>>(
      'auditor',
      'audit',
      'list',
      '--subject',
      serial,
    );
    expect(bySerial.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['serial.assign', 'ledger.hold', 'ledger.post', 'request.close']),
    );
    expect(new Set(bySerial.items.map(({ subject }) => subject))).toEqual(new Set([granted.metadata.uid]));
    expect(await json('auditor', 'audit', 'list', '--subject', granted.metadata.name)).toEqual(bySerial);
    const after = await json<{ pools: object[] }>('manager', 'capacity', 'show');
    expect(after.pools).toEqual(capacity.pools);
    expect(await ok('auditor', 'audit', 'verify')).toContain('完好');
    expect(await ok('auditor', 'books', 'verify', '--lang', 'en')).toContain('agree');
  });

  test('a work order is delivered with a file as evidence', async () => {
    const item = await ok('wjj-ops', 'catalog', 'show', 'backup', '--lang', 'en');
    const example = /--item (\S+)/.exec(item)?.[1] ?? '';
    expect(example).toMatch(/^backup=1/);
    const request = await json<ResourceRequest>(
      'wjj-ops',
      'request',
      'create',
      ...DEMAND.slice(0, -1),
      example,
      '--submit',
    );
    const granted = await approve(request, 'PendingProvisioning');
    const [name = ''] = granted.status?.allocations ?? [];
    expect(await ok('wjj-ops', 'request', 'why', granted.metadata.name)).toContain('allocation deliver');
    expect((await todo('cloud-engineer'))['待开通、验收、续期、清除的资源']).toContain(name);
    expect(await todo('wjj-ops')).not.toHaveProperty('待开通、验收、续期、清除的资源');
    const evidence = join(dir, '交付单.txt');
    writeFileSync(evidence, '\n');
    const empty = await tried('cloud-engineer', 'allocation', 'deliver', name, '--evidence', evidence);
    expect(empty).toMatchObject({ exit: 2, stderr: expect.stringContaining('E_EVIDENCE_EMPTY') });
    writeFileSync(evidence, '备份作业已配置\n');
    expect((await tried('wjj-ops', 'allocation', 'deliver', name, '--evidence', evidence)).exit).toBe(3);
    await ok('cloud-engineer', 'allocation', 'deliver', name, '--evidence', evidence, '-n', 'gov-441500-wjj');
    const shown = await json<Allocation>('wjj-ops', 'allocation', 'show', name);
    expect(shown.status?.handovers?.at(-1)?.evidence).toMatch(
      /^交付单\.txt \(\d+ B\) sm3:[0-9a-f]{64}\n备份作业已配置$/,
    );
    await ok(
      'wjj-ops',
      'request',
      'watch',
      granted.metadata.name,
      '--for',
      'PendingAcceptance',
      '--timeout',
      '60s',
    );
    await ok('wjj-ops', 'allocation', 'refuse', name, '--comment', '容量不符');
    await ok(
      'wjj-ops',
      'request',
      'watch',
      granted.metadata.name,
      '--for',
      'PendingProvisioning',
      '--timeout',
      '60s',
    );
  });
});

describe('opening stock', () => {
  const csv = readFileSync(join(ROOT, 'stacks/shanwei/stock.csv'), 'utf8').split('\n').slice(0, 4);

  test('bad rows are named with their cell, classified ones by number, and the good ones go in once', async () => {
    const file = join(dir, 'stock.csv');
    const bad = (csv[1] ?? '').replace('30', 'many');
    const secret = (csv[1] ?? '').replace('市政务大数据中心', '某绝密指挥系统');
    writeFileSync(file, [...csv, bad, secret].join('\n'));
    const first = await tried('cloud-engineer', 'allocation', 'import', file, '--lang', 'en');
    expect(first.exit).toBe(3);
    expect(first.stdout).toContain('3 rows');
    expect(first.stderr).toContain('E_STOCK_QUANTITY [D5]');
    expect(first.stderr).toContain('E_ROW_CLASSIFIED [6]');
    expect(first.stderr + first.stdout).not.toContain('指挥');
    const second = await tried('cloud-engineer', 'allocation', 'import', file, '-o', 'json');
    const { items } = JSON.parse(second.stdout) as List<StockImport>;
    expect(items).toHaveLength(1);
    expect(items[0]?.metadata.name).toMatch(/^stock-[0-9a-f]{12}-1$/);
    expect(JSON.stringify(items)).not.toContain('指挥');
    const name = items[0]?.metadata.name ?? '';
    expect((await tried('cloud-engineer', 'review', 'approve', name)).exit).toBe(3);
    expect(await ok('approver', 'review', 'list')).toContain(name);
    expect(await ok('approver', 'review', 'show', name, '--lang', 'en')).toContain('Pending approval');
    expect((await tried('approver', 'review', 'return', name, '--comment', 'x')).exit).toBe(3);
    await ok('approver', 'review', 'reject', name, '--comment', '与台账不符');
  });

  test('a workbook is as good as a CSV file, in the encoding of any spreadsheet program', async () => {
    const rows = csv.map((line) =>
      line.split(',').map((cell, index) => (index === 3 && /^\d+$/.test(cell) ? Number(cell) : cell)),
    );
    const file = join(dir, 'stock.xlsx');
    writeFileSync(file, await writeXlsx({ sheets: [{ name: '存量', rows }] }));
    const { items } = await json<List<StockImport>>(
      'cloud-engineer',
      'allocation',
      'import',
      file,
      '--dry-run=server',
    );
    expect(items[0]?.spec.rows).toHaveLength(3);
    expect(items[0]?.spec.rows[0]).toMatchObject({ quantity: 30, openedOn: '2019-04-15', zone: 'extranet' });
  });

  test('what is no table is refused', async () => {
    const file = join(dir, 'scan.png');
    writeFileSync(file, Buffer.from([0x89, 0x50, 0, 1, 2]));
    expect(await tried('cloud-engineer', 'allocation', 'import', file)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('E_IMPORT_FORM'),
    });
    expect(await tried('cloud-engineer', 'allocation', 'import', join(dir, 'gone.csv'))).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('E_FILE'),
    });
  });
});

test('systems are registered from a file, and a second time nothing changes', async () => {
  const file = join(dir, 'systems.csv');
  const header = '标识,名称,所属组织,层级,等保级别,数据分级,用户数,部署,联系人,电话';
  writeFileSync(
    file,
    `${header}\nhuijiao,慧教平台,441500-jyj,部门自建,2,内部,20000,规划中,林育才,0660-1\nx,缺行,441500-jyj,部门自建,9,内部,1,规划中,林,1\n`,
  );
  const first = await tried('initial-reviewer', 'system', 'import', file, '--lang', 'en');
  expect(first.exit).toBe(3);
  expect(first.stdout).toContain('1 systems registered');
  expect(first.stderr).toContain('[E3]');
  expect((await tried('initial-reviewer', 'system', 'import', file, '--lang', 'en')).stdout).toContain(
    '1 unchanged',
  );
  expect(await ok('jyj-ops', 'system', 'list')).toContain('慧教平台');
  expect((await tried('jyj-ops', 'system', 'import', file)).exit).toBe(3);
});

describe('offices’ tables as they are', () => {
  const copyOf = (file: string) => readFileSync(file, 'utf8').split('\r\n');

  test('a table comes back with its results, and a second time nothing changes', async () => {
    const file = join(dir, '系统汇总.csv');
    const result = join(dir, '系统汇总-结果.csv');
    const rows = [
      '附件1,,,,,,,,,,',
      '系统编码,系统名称,责任单位,层级,等保等级,数据分级,用户数（万人）,部署方式,联系人,联系电话,是否涉密',
      'keshi,科室平台,教育局,部门自建,二级,内部,1.74,拟建,林育才,0660-1,否',
      'jiami,某某指挥平台,教育局,部门自建,二级,内部,1,拟建,林育才,0660-1,机密',
      'huoxing,火星平台,火星局,部门自建,二级,内部,1,拟建,林育才,0660-1,否',
      '合计,3个,,,,,,,,,',
    ];
    writeFileSync(file, `${rows.join('\r\n')}\r\n`);
    const args = ['system', 'import', file, '--result', result, '--lang', 'en'] as const;
    const dry = await tried('initial-reviewer', ...args, '--dry-run=server');
    expect(dry.stdout).toContain('dry run: 1 rows could be imported, 0 are unchanged');
    const first = await tried('initial-reviewer', ...args);
    expect(first).toMatchObject({ exit: 3, stdout: expect.stringContaining('1 systems registered') });
    expect(first.stderr).toContain('E_ROW_CLASSIFIED [4]');
    expect(first.stderr).toContain('E_CELL_ORGANIZATION [C5]');
    expect(first.stderr).toContain('1 rows skipped: 6 a total');
    expect(copyOf(result)).toEqual([
      rows[0],
      `${rows[1]},Import result`,
      `${rows[2]},registered`,
      expect.stringMatching(/^,{11}not imported: E_ROW_CLASSIFIED \[4\]/),
      expect.stringMatching(/^huoxing,.*,"?not imported: E_CELL_ORGANIZATION \[C5\]/),
      `${rows[5]},skipped: a total`,
      '',
    ]);
    expect(first.stdout + first.stderr + readFileSync(result, 'utf8')).not.toContain('指挥');
    // The copy is as good a file as the first one.
    const second = await tried('initial-reviewer', 'system', 'import', result, '--lang', 'en');
    expect(second.stdout).toContain('0 systems registered, 0 updated, 1 unchanged');
    expect(await tried('initial-reviewer', 'system', 'import', file, '--result', file)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('E_RESULT_INPUT'),
    });
  });

  test('projects are registered with their systems, in 万元', async () => {
    const file = join(dir, '项目.xlsx');
    const rows = [
      ['项目汇总表（单位：万元）'],
      [
        '项目编码',
        '项目名称',
        '申报单位',
        '批复文号',
        '资金来源',
        '预算',
        '开始日期',
        '完成时限',
        '所含系统',
      ],
      [
        'jyj-keshi',
        '科室信息化',
        '市教育局',
        '1号',
        '市级财政',
        460,
        '2026.1.5',
        '2026年12月底前',
        '科室平台',
      ],
      ['jyj-wu', '没有系统', '市教育局', '2号', '市级财政', 1, '2026.1.5', '', '没有登记的'],
    ];
    writeFileSync(file, await writeXlsx({ sheets: [{ name: '项目', rows }] }));
    const first = await tried('initial-reviewer', 'project', 'import', file, '-o', 'json');
    expect(first.exit).toBe(3);
    const { items, problems } = JSON.parse(first.stdout) as List<Project> & {
      problems: readonly { code: string; where: string }[];
    };
    expect(items).toMatchObject([
      {
        metadata: { name: 'jyj-keshi', namespace: 'gov-441500-jyj' },
        spec: { budgetFen: 460_000_000, from: '2026-01-05', until: '2026-12-31', systems: ['keshi'] },
      },
    ]);
    expect(problems).toMatchObject([{ code: 'E_CELL_SYSTEM', where: 'I4' }]);
    expect((await tried('initial-reviewer', 'project', 'import', file, '--lang', 'en')).stdout).toContain(
      '0 projects registered, 0 updated, 1 unchanged',
    );
    expect((await tried('jyj-ops', 'project', 'import', file)).exit).toBe(3);
  });

  test('organisations become declarations, and nothing of the hub changes', async () => {
    const file = join(dir, '机构.csv');
    writeFileSync(
      file,
      '单位代码,单位名称,类型,上级单位,成立日期,预算单位\n441500-yy,市人民医院,事业单位,市卫健局,2019年3月1日,是\n441500-jyj,市教育局,局,汕尾市,2020-01-01,是\n',
    );
    const made = await tried('cloud-engineer', 'org', 'import', file, '--lang', 'en');
    expect(made.exit).toBe(3);
    expect(made.stdout).toContain('name: 441500-yy\n');
    expect(made.stdout).toContain('code: 441500-wjj\n');
    expect(made.stderr).toContain('E_ORGANIZATION_DECLARED [3]');
    expect(await ok('cloud-engineer', 'org', 'tree')).not.toContain('市人民医院');
  });

  test('stock that was edited and comes again is refused, and what was added comes', async () => {
    const [head = '', one = '', two = ''] = readFileSync(
      join(ROOT, 'stacks/shanwei/stock.csv'),
      'utf8',
    ).split('\n');
    const file = join(dir, '再次.csv');
    const rows = (...some: string[]) => writeFileSync(file, `${[head, ...some].join('\n')}\n`);
    const mine = (row: string, basis: string) => row.replace(/[^,]*$/, basis);
    rows(mine(one, '甲'));
    expect((await tried('cloud-engineer', 'allocation', 'import', file, '--lang', 'en')).stdout).toContain(
      '1 rows',
    );
    rows(mine(one, '甲').replace(',30,', ',31,'), mine(two, '甲'));
    const again = await tried('cloud-engineer', 'allocation', 'import', file, '--lang', 'en');
    expect(again).toMatchObject({ exit: 3, stdout: expect.stringContaining('1 rows in 1 batches') });
    expect(again.stderr).toContain('E_STOCK_CHANGED [2]');
  });
});

describe('output', () => {
  test('every format of kubectl', async () => {
    const list = await json<List<{ apiVersion: string; kind: string }>>('manager', 'catalog', 'list');
    expect(list.kind).toBe('List');
    expect(list.items[0]).toMatchObject({ apiVersion: 'govcloud.dev/v1alpha1', kind: 'CatalogItem' });
    expect(await ok('manager', 'catalog', 'list', '-o', 'name')).toContain('catalogitem.govcloud.dev/vm\n');
    expect(await ok('manager', 'catalog', 'list', '-o', 'yaml')).toMatch(/^apiVersion: v1\nkind: List\n/);
    const narrow = await ok('manager', 'catalog', 'list', '--lang', 'en');
    const wide = await ok('manager', 'catalog', 'list', '--lang', 'en', '-o', 'wide');
    expect(wide.split('\n')[0]).toContain('PARAMETERS');
    expect(narrow.split('\n')[0]).not.toContain('PARAMETERS');
    const bare = await ok('manager', 'catalog', 'list', '--lang', 'en', '--no-headers');
    const squeezed = (text: string) => text.replaceAll(/ +/g, ' ');
    expect(squeezed(bare)).toBe(squeezed(narrow.split('\n').slice(1).join('\n')));
    expect(await ok('manager', 'catalog', 'show', 'catalogitem.govcloud.dev/vm')).toContain('假设');
    for (const args of [['capacity', 'show'], ['version']])
      expect(await tried('manager', ...args, '-o', 'name')).toMatchObject({
        exit: 2,
        stdout: '',
        stderr: expect.stringContaining('E_OUTPUT_NAME'),
      });
  });

  test('what somebody wrote steers no terminal where it is refused, and forges no line where it is shown', async () => {
    const spoken = (reason: string) => DEMAND.with(DEMAND.indexOf('建设'), reason);
    const evil = await tried('wjj-ops', 'request', 'create', ...spoken('\u001b[2J\u009b31m\u202e\u200b建设'));
    expect(evil).toMatchObject({ exit: 3, stdout: '', stderr: expect.stringContaining('E_API_INVALID') });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(evil.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
    const two = '建设\n批复  approver  通过';
    const { metadata, spec } = await json<ResourceRequest>('wjj-ops', 'request', 'create', ...spoken(two));
    expect(spec.reason).toBe(two);
    for (const verb of ['show', 'why'])
      expect(await ok('wjj-ops', 'request', verb, metadata.name)).not.toMatch(/^批复/m);
  });

  test('-A, -n and -l choose as in kubectl; nothing found is said on stderr', async () => {
    const all = await ok('manager', 'system', 'list', '-A', '--lang', 'en');
    expect(all).toContain('NAMESPACE');
    expect(all).toContain('gov-441523');
    const one = await ok('manager', 'system', 'list', '-n', 'gov-441523', '--lang', 'en');
    expect(one).not.toContain('NAMESPACE');
    expect(await tried('manager', 'system', 'list', '-A', '-l', 'no=such')).toMatchObject({
      exit: 0,
      stdout: '',
      stderr: expect.stringContaining('没有'),
    });
    expect(
      JSON.parse((await tried('manager', 'system', 'list', '-A', '-l', 'no=such', '-o', 'json')).stdout),
    ).toMatchObject({ kind: 'List', items: [] });
    // Who may not ask of all asks of their own organisations.
    for (const verb of ['show', 'idle', 'rightsize'])
      expect([verb, await ok('luhe-ops', 'usage', verb, '-A', '-o', 'name')]).toEqual([verb, '']);
  });

  test('quota why accounts for all that an organisation has taken, as far as its reader sees', async () => {
    interface Taker {
      readonly amount: string;
      readonly system?: string;
    }
    interface Account {
      readonly account: string;
      readonly posted: string;
      readonly pending: string;
      readonly takers: readonly Taker[];
      readonly unseen: string;
      readonly giver?: { readonly code: string };
    }
    const why = (person: string, ...args: string[]) =>
      json<{ items: Account[] }>(person, 'quota', 'why', ...args);
    const cores = ({ items }: { items: Account[] }) => items.find(({ account }) => account.endsWith('/vcpu'));
    const { name } = (await newRequest('--submit')).metadata;
    await ok('wjj-ops', 'request', 'watch', name, '--for', 'PendingInitialReview', '--timeout', '60s');
    const whole = cores(await why('manager', '441500'));
    expect(whole).toMatchObject({ account: 'organisation/441500/*/*/vcpu', unseen: '0' });
    expect(whole?.giver).toBeUndefined();
    const taken = whole?.takers.map(({ amount }) => Number(amount)) ?? [];
    expect(taken.length).toBeGreaterThan(0);
    expect(taken).toEqual(taken.toSorted((a, b) => b - a));
    expect(taken.reduce((sum, it) => sum + it, 0)).toBe(Number(whole?.posted) + Number(whole?.pending));

    // A department sees its own, and how much others have taken of what is above it.
    const own = cores(await why('wjj-ops', '441500'));
    expect(own?.takers.every(({ system }) => system === undefined || system === 'quanmin-jiankang')).toBe(
      true,
    );
    const seen = own?.takers.reduce((sum, { amount }) => sum + Number(amount), 0) ?? 0;
    expect(seen + Number(own?.unseen)).toBe(Number(own?.posted) + Number(own?.pending));
    const department = cores(await why('wjj-ops'));
    expect(department).toMatchObject({
      account: 'organisation/441500-wjj/*/*/vcpu',
      giver: { code: '441500' },
      unseen: '0',
    });
    const path = 'pool/extranet-amd64/extranet/amd64/vcpu';
    const page = await ok('manager', 'quota', 'why', path, '--lang', 'en');
    expect(page).toMatch(/^pool\/extranet-amd64\/extranet\/amd64\/vcpu /);
    expect(page).toContain('Who takes it');
    expect(await tried('manager', 'quota', 'why', 'pool/extranet-amd64/extranet/amd64/gpu')).toMatchObject({
      exit: 6,
      stderr: expect.stringContaining('E_ACCOUNT_UNKNOWN'),
    });
    await ok('wjj-ops', 'request', 'withdraw', name, '--yes');
  });

  test('the bureau sets quotas and has one lend to another; more is asked for and reviewed', async () => {
    interface Change {
      readonly effects: readonly {
        readonly holder: string;
        readonly resource: string;
        readonly hardAfter: string;
        readonly softAfter?: string;
      }[];
    }
    const balance = async (code: string) => {
      const { items } = await json<List<QuotaBalance>>('manager', 'quota', 'show', code);
      return items.find(({ holder, zone, arch }) => holder === code && zone === '*' && arch === '*');
    };
    const cores = async (...codes: readonly string[]) => {
      const balances = await Promise.all(codes.map(balance));
      return balances.map((it) => it?.hard.vcpu);
    };
    const basis = ['--basis', '汕政数〔2026〕21号'];
    const [before] = (await cores('441500-jyj')).map(Number);

    const set = ['quota', 'set', '441500-jyj', '--soft', 'vcpu=100', ...basis];
    const dry = await json<Change>('approver', ...set, '--dry-run=server');
    expect(dry.effects).toEqual([
      expect.objectContaining({
        holder: '441500-jyj',
        resource: 'vcpu',
        hardAfter: String(before),
        softAfter: '100',
      }),
    ]);
    expect(await tried('wjj-ops', ...set)).toMatchObject({ exit: 3 });
    expect(
      await tried('approver', 'quota', 'set', '441500-jyj', '--soft', 'vcpu=9999', ...basis),
    ).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('软限额不可高于限额'),
    });
    expect(await tried('approver', 'quota', 'set', '441500-jyj', '--vcpu', '1.5', ...basis)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('E_FLAG_AMOUNT'),
    });
    await ok('approver', ...set);
    await expect
      .poll(async () => (await balance('441500-jyj'))?.soft, { timeout: 30_000 })
      .toEqual({ vcpu: '100' });

    const [wjj = 0] = (await cores('441500-wjj')).map(Number);
    const lend = ['quota', 'lend', '441500-jyj', '441500-wjj', '--until', '2999-12-31', ...basis];
    expect(await tried('approver', ...lend, '--vcpu', '9999')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('E_LOAN_EXCEEDED'),
    });
    expect(await ok('approver', ...lend, '--vcpu', '40', '--dry-run=server', '--lang', 'en')).toMatch(
      /441500-wjj +\*\/\* +VCPU +\d+ +\d+/,
    );
    const { spec } = await json<Quota>('approver', ...lend, '--vcpu', '40');
    const limits = () => cores('441500-jyj', '441500-wjj');
    await expect.poll(limits, { timeout: 30_000 }).toEqual([String((before ?? 0) - 40), String(wjj + 40)]);
    expect(await ok('wjj-ops', 'quota', 'why', '--lang', 'en')).toMatch(
      /borrowed +441500-wjj-\d{8} +441500-jyj +40 /,
    );
    const back = ['quota', 'return', '441500-jyj', spec.loans?.[0]?.name ?? ''];
    expect(await tried('approver', ...back, '--vcpu', '41')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('E_LOAN_PART'),
    });
    await ok('approver', ...back, '--vcpu', '15');
    await expect.poll(limits, { timeout: 30_000 }).toEqual([String((before ?? 0) - 25), String(wjj + 25)]);
    await ok('approver', ...back);
    await expect.poll(limits, { timeout: 30_000 }).toEqual([String(before), String(wjj)]);

    const asked = await json<ResourceRequest>(
      'wjj-ops',
      ...'request quota --system quanmin-jiankang --project wjj-jiankang --zone extranet --vcpu 50'.split(
        ' ',
      ),
      ...'--until 2999-12-31 --reason 普查 --applicant-reviewer 科长 --submit'.split(' '),
    );
    const granted = await approve(asked, 'Approved');
    await expect.poll(limits, { timeout: 30_000 }).toEqual([String(before), String(wjj + 50)]);
    expect(await ok('wjj-ops', 'quota', 'why')).toContain(granted.status?.serial?.toLowerCase());
  });

  test('reports as tables and for machines', async () => {
    const capacity = await json<{ asOf: string; pools: { pool: string; free: object }[] }>(
      'luhe-ops',
      'capacity',
      'show',
    );
    expect(Date.parse(capacity.asOf)).not.toBeNaN();
    expect(capacity.pools.map(({ pool }) => pool)).toEqual([
      'extranet-amd64',
      'extranet-arm64',
      'internet-amd64',
      'internet-arm64',
    ]);
    expect(await ok('luhe-ops', 'quota', 'show')).toContain('441523');
    expect(await ok('luhe-ops', 'quota', 'tree')).toContain('汕尾市');
    expect(await ok('manager', 'org', 'tree')).toMatch(/^ {2}陆河县/m);
    expect(await ok('manager', 'cluster', 'list', '--lang', 'en')).toMatch(/^internet .* yes +v1\./m);
    const records = await json<List<{ seq: number }>>('auditor', 'audit', 'list', '--limit', '3');
    const [first = 0, ...others] = records.items.map(({ seq }) => seq);
    expect(others).toEqual([first + 1, first + 2]);
    const later = await json<List<object>>('auditor', 'audit', 'list', '--limit', '0');
    expect(later.items.length).toBeGreaterThanOrEqual(first + 2);
    expect((await tried('wjj-ops', 'audit', 'list')).exit).toBe(3);
    // The whole city's, also where the context names an organisation.
    expect((await tried('wjj-ops', 'report', 'indicators')).exit).toBe(3);
    expect(await ok('manager', 'report', 'indicators', '-n', 'gov-441500-wjj')).toContain('全市');
    const future = await tried('manager', 'capacity', 'show', '--as-of', '2999-01-01');
    expect(future).toMatchObject({ exit: 3, stderr: expect.stringContaining('E_REPORT_FUTURE') });
  });

  test('a server that does not answer in time ends with 7, an unknown context with 2', async () => {
    expect((await tried('manager', 'org', 'tree', '--request-timeout', '1ms')).exit).toBe(7);
    expect((await tried('nobody', 'org', 'tree')).exit).toBe(2);
  });

  test('a credential that is not valid, a server that is away, a cluster without our kinds: what to do is said', async () => {
    const text = readFileSync(city.kubeconfig, 'utf8');
    const listed = (kubeconfig: string) =>
      as('manager', ['--kubeconfig', kubeconfig, 'request', 'list', '--lang', 'en']);
    const written = (name: string, content: string) => {
      const file = join(dir, name);
      writeFileSync(file, content);
      return file;
    };
    const stale = await listed(written('stale', text.replaceAll(/token: .*/g, 'token: gone')));
    expect(stale).toMatchObject({ exit: 3, stdout: '', stderr: expect.stringContaining('govcloud up') });
    const away = await listed(written('away', text.replaceAll(/(127\.0\.0\.1):\d+/g, '$1:1')));
    expect(away).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringContaining('https://127.0.0.1:1'),
    });
    const plain = await listed(join(dir, 'city/clusters/extranet/admin.kubeconfig'));
    expect(plain).toMatchObject({ exit: 1, stdout: '', stderr: expect.stringContaining('E_KIND_UNKNOWN') });
    for (const { stderr } of [stale, away, plain]) expect(stderr).not.toContain('    at ');
  });

  test('completion offers live names', async () => {
    const offered = async (...words: string[]) =>
      (await as('wjj-ops', ['__complete', '--', '--context', 'wjj-ops', ...words])).stdout
        .split('\n')
        .map((line) => line.split('\t')[0]);
    expect(await offered('request', 'create', '--system', 'quan')).toEqual(['quanmin-jiankang', '']);
    expect(await offered('catalog', 'show', 'post')).toEqual(['postgresql', '']);
    expect(await offered('request', 'show', 'ZY-')).toContain('ZY-2026-000001');
    expect(await offered('request', 'create', '--zone=')).toContain('--zone=extranet');
    expect(await offered('--con')).toEqual(['']);
  });
});

describe('the audit chain', () => {
  test('is held against checkpoints that an auditor signs and keeps outside', async () => {
    const key = join(dir, 'auditor.pem');
    const file = join(dir, 'checkpoints.jsonl');
    expect(await as('auditor', ['audit', 'key', key])).toMatchObject({ exit: 0, stderr: '' });
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const again = await as('auditor', ['audit', 'key', key]);
    expect(again).toMatchObject({ exit: 2, stderr: expect.stringContaining('E_FILE_EXISTS') });

    const keep = ['audit', 'checkpoint', '--key', key, '--checkpoints', file];
    const check = ['audit', 'verify', '--key', `${key}.pub`, '--checkpoints', file, '--lang', 'en'];
    writeFileSync(file, '');
    const none = await tried('auditor', ...check);
    expect(none).toMatchObject({ exit: 2, stderr: expect.stringContaining('E_CHECKPOINTS_NONE') });
    const first = await json<{ seq: number }>('auditor', ...keep);
    const { metadata } = await newRequest('--submit');
    await ok(
      'wjj-ops',
      'request',
      'watch',
      metadata.name,
      '--for',
      'PendingInitialReview',
      '--timeout',
      '60s',
    );
    const second = await json<{ seq: number }>('auditor', ...keep);
    expect(second.seq).toBeGreaterThan(first.seq);
    expect(await ok('auditor', ...keep, '--lang', 'en')).toContain(
      `no audit record since checkpoint ${second.seq}`,
    );
    expect(await ok('auditor', ...check)).toMatch(/2, signed as they should be, the newest is \d+ /);

    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, kept.replace(`"seq":${first.seq}`, `"seq":${first.seq - 1}`));
    expect(await tried('auditor', ...check)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('E_CHECKPOINT_SIGNATURE'),
    });
    writeFileSync(file, kept);

    // Whoever owns the database cuts the newest records off, and the head with them: the chain itself holds.
    const owner = connect({ ...city.postgres, onIdleError: () => {} });
    const tamper = (...statements: string[]) =>
      owner.transaction().execute(async (trx) => {
        await sql`SET LOCAL session_replication_role = replica`.execute(trx);
        for (const it of statements) await sql.raw(it).execute(trx);
      });
    try {
      await tamper(
        `CREATE TABLE public.cut AS SELECT * FROM books.audit WHERE seq > ${first.seq}`,
        `CREATE TABLE public.head AS SELECT * FROM books.audit_head`,
        `DELETE FROM books.audit WHERE seq > ${first.seq}`,
        `UPDATE books.audit_head SET (seq, hash) =
          (SELECT seq, hash FROM books.audit ORDER BY audit.seq DESC LIMIT 1)`,
      );
      expect((await tried('auditor', 'audit', 'verify')).exit).toBe(0);
      const found = await tried('auditor', ...check);
      expect(found.exit).toBe(3);
      expect(found.stdout).toMatch(new RegExp(`First fault +${first.seq + 1} gap`));
      expect(found.stdout).toMatch(new RegExp(`Last good +${first.seq} `));
      expect((await tried('auditor', ...keep)).exit).toBe(3);
      expect(readFileSync(file, 'utf8')).toBe(kept);
    } finally {
      await tamper(
        `INSERT INTO books.audit SELECT * FROM public.cut`,
        `UPDATE books.audit_head SET (seq, hash) = (SELECT seq, hash FROM public.head)`,
      );
      await owner.destroy();
    }
    expect((await tried('auditor', ...check)).exit).toBe(0);
  });
});

describe('the doctor', () => {
  const BINDINGS = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingadmissionpolicybindings',
    namespaced: false,
  };
  const NAME = 'govcloud-pool';

  test('finds a city well, and says to each person what they may not look at', async () => {
    const look = ['doctor', '--dir', join(dir, 'city'), '--lang', 'en'];
    const engineer = await ok('cloud-engineer', ...look);
    expect(engineer).toMatch(/^operator +ok +-$/m);
    expect(engineer).toMatch(/^members +ok +-$/m);
    expect(engineer).toMatch(/^books against hub +ok +-$/m);
    expect(engineer).toMatch(/^admission rules +not looked at \(not allowed\) +-$/m);
    const auditor = await ok('auditor', ...look);
    for (const check of ['hub and credentials', 'clocks', 'admission rules', 'books', 'audit chain', 'disk'])
      expect(auditor).toMatch(new RegExp(`^${check} +ok +-$`, 'm'));
  });

  test('finds a rule that was taken away, and an operator that is gone', async () => {
    const binding = await city.hub.client.get(BINDINGS, { name: NAME });
    await city.hub.client.delete(BINDINGS, { name: NAME });
    try {
      const found = await tried('auditor', 'doctor');
      expect(found).toMatchObject({ exit: 3, stdout: expect.stringContaining(`没有准入规则 ${NAME}`) });
    } finally {
      await city.hub.client.create(BINDINGS, { ...binding, metadata: { name: NAME } });
    }
    expect((await tried('auditor', 'doctor')).exit).toBe(0);
  });

  test('finds migrations that were not run, and the credential of a member that is about to end', async () => {
    const { client } = city.hub;
    const MEMBERS = resourceOf(MemberCluster);
    const member = { name: 'ending' };
    const secret = { name: 'member-ending', namespace: 'govcloud-system' };
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = `x.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.x`;
    const kubeconfig = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'a', user: { token } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    });
    const { spec } = await client.get<MemberCluster & KubeObject>(MEMBERS, { name: 'extranet' });
    const last = Object.keys(migrations).sort().at(-1) ?? '';
    const owner = connect({ ...city.postgres, onIdleError: () => {} });
    const renamed = (from: string, to: string) =>
      sql`UPDATE books.kysely_migration SET name = ${to} WHERE name = ${from}`.execute(owner);
    try {
      await client.create(SECRETS, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: secret,
        stringData: { kubeconfig },
      });
      await client.create(MEMBERS, {
        apiVersion: 'govcloud.dev/v1alpha1',
        kind: 'MemberCluster',
        metadata: member,
        spec: { ...spec, credentialsSecret: secret.name },
      });
      await renamed(last, '9999-later');
      const lease = { namespace: 'govcloud-system', name: 'govcloud-operator' };
      const shown = async () =>
        (await client.get(LEASES, lease)).metadata.annotations?.['govcloud.dev/credentials'];
      await expect.poll(shown, { timeout: 60_000 }).toContain(member.name);
      const { exit, stdout } = await tried('cloud-engineer', 'doctor', '--lang', 'en');
      expect(exit).toBe(3);
      const until = new Date(exp * 1000).toISOString();
      expect(stdout).toMatch(
        new RegExp(
          `^operator +FAULT +E_CREDENTIAL_EXPIRING .*govcloud-operator for ending ends at ${until}`,
          'm',
        ),
      );
      expect(stdout).toMatch(new RegExp(`^books’ API +FAULT +E_MIGRATIONS_PENDING .*: ${last}\\.`, 'm'));
      expect(stdout).toMatch(/^books’ API +FAULT +E_MIGRATIONS_UNKNOWN .*: 9999-later\./m);
    } finally {
      await renamed('9999-later', last);
      await owner.destroy();
      await client.delete(MEMBERS, member);
      await client.delete(SECRETS, secret);
    }
  });
});

describe('as a process', () => {
  const started = (args: readonly string[], kubeconfig = city.kubeconfig): ChildProcess =>
    spawn(
      process.execPath,
      ['-e', 'require(process.argv[1]).main(process.argv.slice(2))', join(ROOT, 'cli/main.ts'), ...args],
      {
        env: { ...PLAIN, KUBECONFIG: kubeconfig },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );

  /** Listens to a process until its end: a reader that leaves would end a watch by itself. */
  function listened(child: ChildProcess) {
    const said = { stdout: '', stderr: '' };
    let look = () => {};
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.on('data', (chunk) => {
        said[stream] += String(chunk);
        look();
      });
    const shows = (text: string, stream: 'stdout' | 'stderr' = 'stdout') =>
      new Promise<void>((resolve, reject) => {
        look = () => {
          if (said[stream].includes(text)) resolve();
        };
        child.once('exit', () => reject(new Error(`ended without ${text}: ${said.stdout}${said.stderr}`)));
        look();
      });
    return { said, shows };
  }

  /** Ctrl-C: a shell shows the end by this signal as 130. */
  async function interrupted(child: ChildProcess): Promise<unknown> {
    child.kill('SIGINT');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.signalCode ?? child.exitCode;
  }

  test('a watch shows what is there, then changes, until Ctrl-C', async () => {
    const draft = await newRequest();
    const watching = started(['--context', 'wjj-ops', 'request', 'list', '-w']);
    const { said, shows } = listened(watching);
    await shows(draft.metadata.name);
    await ok('wjj-ops', 'request', 'withdraw', draft.metadata.name, '--yes');
    await shows('已撤回');
    expect(await interrupted(watching)).toBe('SIGINT');
    expect(said.stderr).toBe('');
  });

  test('a watch outlives its connection, and says meanwhile that it is lost', async () => {
    const text = readFileSync(city.kubeconfig, 'utf8');
    const port = /server: https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? '';
    const sockets = new Set<Socket>();
    const relay = createServer((near) => {
      const far = dial(Number(port), '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
    const opened = async (at: number) => {
      relay.listen(at, '127.0.0.1');
      await once(relay, 'listening');
      return (relay.address() as AddressInfo).port;
    };
    const relayed = await opened(0);
    const kubeconfig = join(dir, 'relayed');
    writeFileSync(kubeconfig, text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${relayed}`));
    const draft = await newRequest();
    const watching = started(['--context', 'wjj-ops', 'request', 'list', '-w'], kubeconfig);
    const { shows } = listened(watching);
    await shows(draft.metadata.name);
    const closed = once(relay, 'close');
    relay.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    await shows('连接中断', 'stderr');
    const late = await newRequest();
    await opened(relayed);
    await shows(late.metadata.name);
    expect(await interrupted(watching)).toBe('SIGINT');
    relay.close();
    for (const socket of sockets) socket.destroy();
  });

  test('a reviewer watches what comes to wait for them, in every organisation that lets them', async () => {
    const watching = started(['--context', 'initial-reviewer', 'review', 'list', '-w']);
    const { said, shows } = listened(watching);
    await shows('受理编号');
    const { metadata } = await newRequest('--submit');
    await shows(metadata.name);
    await ok('wjj-ops', 'request', 'withdraw', metadata.name, '--yes');
    await interrupted(watching);
    expect(said.stdout.split(metadata.name)).toHaveLength(2);
  });

  test('a reader that has seen enough ends it quietly', async () => {
    const child = started(['--context', 'manager', 'org', 'tree', '-o', 'json']);
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const [code] = (await once(child, 'exit')) as [number | null];
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  });
});
