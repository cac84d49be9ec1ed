import { expect, test } from 'vitest';
import type { HeldDecision } from '../../api/reports/index.ts';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { machineItem, project, system } from '../../domain/testing/city.ts';
import { request } from '../../domain/testing/requests.ts';
import { Amount } from '../../domain/quantity.ts';
import type { Stored } from '../../kube/types.ts';
import { Reader } from '../output/reader.ts';
import type { Approval } from '../services/requests/approval.ts';
import { approvalPage } from './approval.ts';
import { boxesOf, said } from './testing.ts';

const [zh, en] = [new Reader('zh', '2026-11-25T02:00:00Z'), new Reader('en', '2026-11-25T02:00:00Z')];
const step = (name: 'initial' | 'technical' | 'approval', approvals = 1) => ({
  name,
  approvals,
  dueWorkingDays: 3,
});
const none = { vcpu: '0', memory: '0', ssd: '0', hdd: '0' };

function decision(position: number, of: string, more: Partial<HeldDecision> = {}): HeldDecision {
  return {
    position,
    ticket: 'now',
    step: of,
    reviewer: `system:serviceaccount:govcloud-people:${of}-reviewer`,
    verdict: 'approve',
    comment: '',
    decidedAt: '2026-11-24T08:05:00Z',
    carried: false,
    ...more,
  };
}

function approval(
  more: Partial<Approval> = {},
  status: Partial<NonNullable<ResourceRequest['status']>> = {},
): Approval {
  const steps = [step('initial'), step('technical', 2), step('approval')];
  const quote = {
    pool: 'extranet-amd64',
    cluster: 'extranet',
    zone: 'extranet',
    arch: 'amd64' as const,
    flow: 'large',
    steps,
    lines: [
      { name: 'web', item: 'vm', itemVersion: 'v', quantity: 2, consumes: {}, monthlyFen: 123_456_789 },
    ],
    total: { vcpu: '8' },
    change: { vcpu: '8' },
    monthlyFen: 123_456_789,
    pools: [],
  };
  const attachment = { name: '盖章件.pdf', sm3: 'ab'.repeat(32), bytes: 9 };
  return {
    request: {
      ...request({ attachment }),
      status: {
        serial: 'ZY-2026-000001',
        phase: 'InReview',
        state: 'PendingTechnicalReview',
        review: { generation: 1, ticket: 'now', round: 1, openStep: 'technical' },
        quote,
        ...status,
      },
    } as Stored<ResourceRequest>,
    system: system(),
    project: project(),
    items: [machineItem()],
    money: {
      budget: Amount.of('fen', 500_000_000),
      committed: Amount.of('fen', 450_000_000),
      pending: Amount.of('fen', 0),
      asked: Amount.of('fen', 123_456_789),
      endless: 0,
    },
    effects: [],
    held: [
      {
        holderKind: 'organisation',
        holder: 'luhe',
        zone: 'extranet',
        arch: 'amd64',
        pending: { ...none, vcpu: '8' },
        posted: none,
      },
    ],
    decisions: [],
    ...more,
  };
}

test('says who asks for what, at which price, against which money and quota', () => {
  const lines = said(approvalPage(approval(), zh));
  for (const line of [
    '受理编号 ZY-2026-000001 · 第 1 次提交 · 待技术评审 · 打印时间 2026-11-25 10:00',
    '陆河县',
    '门户 (portal) 等保 2 级',
    '数字陆河 (digital)',
    '陆发改〔2026〕1号',
    '云主机 (vm)',
    '1,234,567.89 元（123.456789 万元）',
    '-734,567.89 元（-73.456789 万元） 超出预算',
    '组织 luhe',
  ])
    expect(lines).toContain(line);
});

test('has a box for the unit and one for each step, filled in where it was decided', () => {
  const decisions = [decision(0, 'initial', { comment: '同意' }), decision(1, 'technical')];
  expect(boxesOf(approvalPage(approval({ decisions }), zh))).toEqual([
    `申请单位意见 见盖章件 盖章件.pdf，SM3 ${'ab'.repeat(32)} 单位（盖章） 审批人 日期`,
    '初审意见 结论 通过 意见 同意 单位（盖章） 审批人 initial-reviewer 日期 2026-11-24 16:05',
    '技术评审意见 · 须 2 人通过 结论 通过 意见 – 单位（盖章） 审批人 technical-reviewer 日期 2026-11-24 16:05',
    '批复意见 单位（盖章） 审批人 日期',
  ]);
});

test('what was decided on an earlier ticket stands apart, unless it was carried', () => {
  const decisions = [
    decision(0, 'initial', { ticket: 'then' }),
    decision(0, 'initial', { carried: true }),
    decision(1, 'approval', { ticket: 'then', verdict: 'return', returnTo: 'technical', comment: '重评' }),
  ];
  const boxes = boxesOf(approvalPage(approval({ decisions }), en));
  expect(boxes[1]).toContain('approve (carried over)');
  expect(boxes[3]).not.toContain('Verdict');
  expect(boxes[4]).toContain('approval return sent back to technical review');
  expect(boxes).toHaveLength(5);
});

test('who stood in is named with whom, and without a delegation stands apart', () => {
  const of = (position: number, name: string) =>
    decision(position, 'initial', {
      reviewer: `system:serviceaccount:govcloud-people:${name}`,
      onBehalfOf: 'ann',
    });
  const review = { generation: 1, ticket: 'now', round: 1, openStep: 'technical', uncounted: [0] };
  const boxes = boxesOf(approvalPage(approval({ decisions: [of(0, 'bob'), of(1, 'cid')] }, { review }), zh));
  expect(boxes[1]).toContain('审批人 cid（代 ann）');
  expect(boxes[1]).not.toContain('bob');
  expect(boxes[4]).toContain('bob（代 ann）');
});

test('a draft has no steps yet, and books that are silent are said to be', () => {
  const page = approvalPage(
    approval(
      { decisions: undefined, held: [], money: undefined },
      { serial: undefined, quote: undefined, review: undefined, state: 'Draft' },
    ),
    en,
  );
  const lines = said(page);
  expect(lines).toContain('not quoted yet: its steps are not known');
  expect(lines).toContain('the books do not answer: opinions and effect on quotas are not printed');
  expect(lines).not.toContain('Price and money');
});

test('is one A4 page upright, and loads nothing', () => {
  const page = approvalPage(approval(), zh);
  expect(page.lastIndexOf('size:A4 portrait')).toBeGreaterThan(page.lastIndexOf('size:A4 landscape'));
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|https?:/);
});
