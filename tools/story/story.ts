import { join } from 'node:path';
import type { Allocation, ResourceRequest, StockImport } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import { json, type Outcome, says, type Story } from './runner.ts';

/**
 * The story of the city's first months, each step through the CLI as the person who takes it: opening stock, a
 * health platform that grows and goes, a county that asks for too much, and people who try what they may not.
 */

const ROOT = join(import.meta.dirname, '../..');
const HEALTH = 'gov-441500-wjj';
const COUNTY = 'gov-441523';
const ASK = [
  '--system',
  'quanmin-jiankang',
  '--project',
  'wjj-jiankang',
  '--zone',
  'extranet',
  '--until',
  '2027-12-31',
  '--applicant-reviewer',
  '王建国',
  '--reason',
  '全民健康信息综合管理平台上云',
  '--item',
  'vm=6:vcpu=8,memoryGiB=32,diskGiB=200',
  '--item',
  'postgresql=1:vcpu=16,memoryGiB=64,diskGiB=1024',
];

/** Lists, as `-o json` gives them. */
interface List<T> {
  readonly items: readonly T[];
}

const parse = <T>({ stdout }: Outcome): T => JSON.parse(stdout) as T;

const inState = (state: string) =>
  json(`state ${state}`, (it: ResourceRequest) => it.status?.state === state);

function sumOf(allocations: readonly Allocation[]): Partial<Record<string, string>> {
  return allocations
    .filter(({ status }) => status?.state !== 'Reclaimed')
    .reduce((sum, { spec }) => sum.plus(ResourceVector.parse(spec.consumes)), ResourceVector.zero)
    .toQuantities();
}

function totals(
  vcpu: string,
  memory: string,
  ssd: string,
): (quantities: Partial<Record<string, string>> | undefined) => boolean {
  const wanted = ResourceVector.parse({ vcpu, memory, ssd });
  return (quantities) => quantities !== undefined && ResourceVector.parse(quantities).equals(wanted);
}

/** Opens the books with what runs already: handed in by an engineer, approved by the bureau as a batch. */
export async function openBooks(story: Story): Promise<void> {
  const file = join(ROOT, 'stacks/shanwei/stock.csv');
  const step = '0 opening stock';
  const made = await story.run(step, 'cloud-engineer', ['allocation', 'import', file, '-o', 'json'], {
    words: 'imports handed in for approval',
  });
  const name = importNames(made)[0] ?? '';
  await story.until(
    step,
    'approver',
    ['review', 'show', name, '-o', 'json'],
    json('waits for approval', (it: StockImport) => it.status?.state !== undefined),
  );
  const known = await story.run(step, 'approver', ['review', 'show', name, '-o', 'json'], {
    words: 'the batch',
  });
  if (parse<StockImport>(known).status?.state === 'PendingApproval') {
    await story.run(step, 'approver', ['review', 'approve', name], says(0));
  }
  await story.until(
    step,
    'approver',
    ['review', 'show', name, '-o', 'json'],
    json(
      '57 rows opened, none refused',
      (it: StockImport) => it.status?.opened === 57 && it.status.refused === 0,
    ),
    300_000,
  );
  await story.until(
    step,
    'manager',
    ['allocation', 'list', '-A', '-o', 'json'],
    json(
      'all in use',
      (list: List<Allocation>) =>
        list.items.length >= 57 && list.items.every(({ status }) => status?.state !== undefined),
    ),
    300_000,
  );
  await story.run(step, 'cloud-engineer', ['allocation', 'import', file], says(0));
}

function importNames({ stdout }: Outcome): string[] {
  return [...stdout.matchAll(/"name": "(stock-[0-9a-f]+-\d+)"/g)].map((match) => match[1] as string);
}

/** The six steps. */
export async function play(story: Story): Promise<void> {
  const before = await story.run('capacity before', 'manager', ['capacity', 'show', '-o', 'json'], {
    words: 'the capacity table',
  });
  const request = await ask(story);
  await review(story, request);
  const { machines, database } = await accept(story, request);
  await resize(story, machines);
  await county(story);
  await forbidden(story, request);
  await release(story, [machines, database], before);
}

/** 1. The health commission asks: dry run, then for real. */
async function ask(story: Story): Promise<string> {
  const step = '1 ask';
  const fits = totals('64', '256Gi', '2224Gi');
  await story.run(
    step,
    'wjj-ops',
    ['request', 'create', ...ASK, '--dry-run=client', '-o', 'json'],
    json('64 vCPU, 256 GB, 2,224 GB', (it: { quote?: { total?: Record<string, string> } }) =>
      fits(it.quote?.total),
    ),
  );
  await story.run(step, 'wjj-ops', ['request', 'create', ...ASK, '--dry-run=server'], says(0));
  const made = await story.run(
    step,
    'wjj-ops',
    ['request', 'create', ...ASK, '-o', 'json'],
    json('a draft', (it: ResourceRequest) => it.spec.submission === 0),
  );
  const { name } = parse<ResourceRequest>(made).metadata;
  await story.run(step, 'wjj-ops', ['request', 'submit', name], says(0));
  await story.until(
    step,
    'wjj-ops',
    ['request', 'show', name, '-o', 'json'],
    json(
      '待初审 with a serial number and the quoted amounts',
      (it: ResourceRequest) =>
        it.status?.state === 'PendingInitialReview' &&
        /^ZY-\d{4}-\d{6}$/.test(it.status.serial ?? '') &&
        fits(it.status.quote?.total),
    ),
  );
  return name;
}

/** 2. Approved, returned, edited; the first approval is void; approved by three. */
async function review(story: Story, name: string): Promise<void> {
  const step = '2 review';
  const show = ['request', 'show', name, '-n', HEALTH, '-o', 'json'];
  const approve = ['review', 'approve', name, '-n', HEALTH];
  const first = parse<ResourceRequest>(
    await story.run(step, 'wjj-ops', show, inState('PendingInitialReview')),
  ).status?.review;
  await story.run(step, 'initial-reviewer', approve, says(0));
  await story.until(step, 'wjj-ops', show, inState('PendingTechnicalReview'));
  await story.run(
    step,
    'technical-reviewer',
    ['review', 'return', name, '-n', HEALTH, '--comment', '请说明数据库备份方案'],
    says(0),
  );
  await story.until(step, 'wjj-ops', show, inState('Returned'));
  await story.run(
    step,
    'wjj-ops',
    ['request', 'edit', name, '--reason', '全民健康信息综合管理平台上云；数据库每日备份'],
    says(0),
  );
  await story.until(
    step,
    'wjj-ops',
    show,
    json(
      'a new generation and ticket, back at 待初审',
      ({ status, metadata }: ResourceRequest) =>
        status?.state === 'PendingInitialReview' &&
        status.review?.ticket !== first?.ticket &&
        status.review?.generation === metadata.generation,
    ),
  );
  await story.run(
    step,
    'auditor',
    ['audit', 'list', '--action', 'ledger.replace', '-o', 'json'],
    json('the hold was replaced in one transaction', (list: List<unknown>) => list.items.length > 0),
  );
  await story.run(step, 'wjj-ops', ['request', 'show', name, '--lang', 'en'], says(0, 'void'));
  await story.run(step, 'initial-reviewer', approve, says(0));
  await story.until(step, 'wjj-ops', show, inState('PendingTechnicalReview'));
  await story.run(step, 'technical-reviewer', approve, says(0));
  await story.until(step, 'wjj-ops', show, inState('PendingApproval'));
  await story.run(step, 'approver', approve, says(0));
  await story.until(step, 'wjj-ops', show, inState('PendingAcceptance'));
}

/** 2, its end: objects stand and are ready, delivered, accepted. */
async function accept(story: Story, request: string): Promise<{ machines: string; database: string }> {
  const step = '2 acceptance';
  const shown = await story.run(
    step,
    'wjj-ops',
    ['request', 'show', request, '-o', 'json'],
    inState('PendingAcceptance'),
  );
  const names = parse<ResourceRequest>(shown).status?.allocations ?? [];
  const machines = names.find((it) => it.endsWith('-vm')) ?? '';
  const database = names.find((it) => it.endsWith('-postgresql')) ?? '';
  for (const name of [machines, database]) {
    await story.run(
      step,
      'wjj-ops',
      ['allocation', 'show', name, '-o', 'json'],
      json(
        'objects ready in the member, delivered',
        ({ status }: Allocation) =>
          (status?.objects?.length ?? 0) > 0 &&
          ['Ready', 'Delivered', 'InSync'].every((type) =>
            status?.conditions?.some((it) => it.type === type && it.status === 'True'),
          ),
      ),
    );
    await story.run(step, 'wjj-ops', ['allocation', 'credentials', name], says(0));
    await story.run(step, 'wjj-ops', ['allocation', 'accept', name], says(0));
    await story.until(
      step,
      'wjj-ops',
      ['allocation', 'show', name, '-o', 'json'],
      json('使用中', (it: Allocation) => it.status?.state === 'InUse'),
    );
  }
  return { machines, database };
}

/** Three people approve a change, and it is in use when its requester has accepted it. */
async function approveAll(story: Story, step: string, name: string, steps: readonly string[]): Promise<void> {
  const by: Readonly<Record<string, readonly [string, string]>> = {
    PendingInitialReview: ['initial-reviewer', 'PendingTechnicalReview'],
    PendingTechnicalReview: ['technical-reviewer', 'PendingApproval'],
    PendingApproval: ['approver', ''],
  };
  for (const state of steps) {
    const [who] = by[state] ?? [''];
    await story.until(step, 'wjj-ops', ['request', 'show', name, '-n', HEALTH, '-o', 'json'], inState(state));
    await story.run(step, who, ['review', 'approve', name, '-n', HEALTH], says(0));
  }
}

const THREE = ['PendingInitialReview', 'PendingTechnicalReview', 'PendingApproval'];

/** 3. Resize to 8 machines. */
async function resize(story: Story, machines: string): Promise<void> {
  const step = '3 resize';
  const argv = [
    'request',
    'resize',
    machines,
    '--quantity',
    '8',
    '--reason',
    '接入县级医院',
    '--applicant-reviewer',
    '王建国',
  ];
  const made = await story.run(
    step,
    'wjj-ops',
    [...argv, '--submit', '-o', 'json'],
    json('a request', (it: ResourceRequest) => it.spec.action === 'Resize'),
  );
  const { name } = parse<ResourceRequest>(made).metadata;
  await approveAll(story, step, name, THREE);
  await story.until(
    step,
    'wjj-ops',
    ['allocation', 'show', machines, '-o', 'json'],
    json(
      '8 machines, 待验收',
      (it: Allocation) => it.spec.quantity === 8 && it.status?.state === 'PendingAcceptance',
    ),
  );
  await story.run(step, 'wjj-ops', ['allocation', 'accept', machines], says(0));
  const fits = totals('80', '320Gi', '2624Gi');
  await story.until(
    step,
    'wjj-ops',
    ['allocation', 'list', '-o', 'json'],
    json(
      '80 vCPU, 320 GB, 2,624 GB, all in use',
      ({ items }: List<Allocation>) =>
        fits(sumOf(items)) &&
        items.every(({ status }) => status?.state === 'InUse' || status?.state === 'Reclaimed'),
    ),
  );
}

/** 4. A county asks for 5,000 vCPU: every account and every pool says why not. */
async function county(story: Story): Promise<void> {
  const step = '4 county';
  const argv = [
    'request',
    'create',
    '--system',
    'luhe-menhu',
    '--project',
    'luhe-menhu',
    '--zone',
    'extranet',
    '--until',
    '2027-12-31',
    '--applicant-reviewer',
    '罗河生',
    '--reason',
    '全县系统上云',
    '--item',
    'vm=50:vcpu=100,memoryGiB=200,diskGiB=200',
  ];
  const everything = [
    'E_QUOTA_EXCEEDED',
    '441523',
    '441500',
    'extranet-amd64',
    'extranet-arm64',
    'internet-amd64',
    'internet-arm64',
  ];
  await story.run(step, 'luhe-ops', [...argv, '--dry-run=client'], says(4, ...everything.slice(1)));
  const made = await story.run(
    step,
    'luhe-ops',
    [...argv, '--submit', '-o', 'json'],
    json('handed in', (it: ResourceRequest) => it.spec.submission === 1),
  );
  const { name } = parse<ResourceRequest>(made).metadata;
  await story.until(
    step,
    'luhe-ops',
    ['request', 'show', name, '-o', 'json'],
    json('退回修改, with all reasons: county, city and each pool', ({ status }: ResourceRequest) => {
      const told = JSON.stringify(status?.reasons ?? []);
      return status?.state === 'Returned' && everything.every((it) => told.includes(it));
    }),
  );
  await story.run(step, 'luhe-ops', ['request', 'why', name], says(0));
  await story.run(step, 'luhe-ops', ['request', 'withdraw', name, '--yes'], says(0));
  await story.until(
    step,
    'luhe-ops',
    ['request', 'show', name, '-n', COUNTY, '-o', 'json'],
    inState('Withdrawn'),
  );
}

/** 5. What people may not do is refused by the API server. */
async function forbidden(story: Story, granted: string): Promise<void> {
  const step = '5 refused';
  const item = ['--item', 'vm=1:vcpu=2,memoryGiB=4,diskGiB=50'];
  const made = await story.run(
    step,
    'wjj-ops',
    ['request', 'create', ...ASK.slice(0, -4), ...item, '--submit', '-o', 'json'],
    json('a request', (it: ResourceRequest) => it.spec.submission === 1),
  );
  const { name } = parse<ResourceRequest>(made).metadata;
  const show = ['request', 'show', name, '-n', HEALTH, '-o', 'json'];
  const seen = parse<ResourceRequest>(
    await story.until(step, 'wjj-ops', show, inState('PendingInitialReview')),
  );
  await story.run(step, 'wjj-ops', ['review', 'approve', name, '-n', HEALTH], says(3));
  await story.run(step, 'approver', ['review', 'approve', name, '-n', HEALTH], says(3));
  const target = { plural: 'resourcerequests', namespace: HEALTH, name, subresource: 'status' };
  const { generation = 0, ticket = '' } = seen.status?.review ?? {};
  await story.patch(
    step,
    'technical-reviewer',
    target,
    [
      {
        op: 'add',
        path: '/status/decisions/-',
        value: {
          step: 'initial',
          ticket,
          generation,
          reviewer: 'system:serviceaccount:govcloud-people:technical-reviewer',
          verdict: 'approve',
        },
      },
    ],
    says(3, 'E_STEP_NOT_GRANTED'),
  );
  await story.patch(
    step,
    'technical-reviewer',
    target,
    [{ op: 'replace', path: '/status/quote/monthlyFen', value: 1 }],
    says(3, 'E_STATUS_OPERATOR_ONLY'),
  );
  await story.run(step, 'wjj-ops', ['request', 'edit', granted, '--reason', '改'], says(3));
  await story.run(step, 'wjj-ops', ['request', 'withdraw', name, '--yes'], says(0));
  await story.until(step, 'wjj-ops', show, inState('Withdrawn'));
}

/** 6. Everything goes back, the capacity is what it was, and the books and the audit chain are clean. */
async function release(story: Story, allocations: readonly string[], before: Outcome): Promise<void> {
  const step = '6 release';
  for (const allocation of allocations) {
    const argv = [
      'request',
      'release',
      allocation,
      '--reason',
      '平台并入省平台',
      '--applicant-reviewer',
      '王建国',
      '--submit',
      '-o',
      'json',
    ];
    const made = await story.run(
      step,
      'wjj-ops',
      argv,
      json('a request', (it: ResourceRequest) => it.spec.action === 'Release'),
    );
    await approveAll(story, step, parse<ResourceRequest>(made).metadata.name, THREE);
    await story.until(
      step,
      'wjj-ops',
      ['allocation', 'show', allocation, '-o', 'json'],
      json('已回收', (it: Allocation) => it.status?.state === 'Reclaimed'),
    );
  }
  const undated = ({ stdout }: Outcome) =>
    JSON.stringify({ ...(JSON.parse(stdout) as object), asOf: undefined });
  await story.run(step, 'manager', ['capacity', 'show', '-o', 'json'], {
    words: 'the capacity of before, its date aside',
    check: (after) =>
      undated(after) === undated(before) ? undefined : `${undated(after)} instead of ${undated(before)}`,
  });
  await story.run(step, 'auditor', ['audit', 'verify'], says(0));
  await story.run(step, 'auditor', ['books', 'verify'], says(0));
}
