import { expect, test } from 'vitest';
import type { Allocation, Handover } from '../../api/v1alpha1/index.ts';
import { machineItem, organization, project, system } from '../../domain/testing/city.ts';
import { allocation, request } from '../../domain/testing/requests.ts';
import type { Stored } from '../../kube/types.ts';
import { Reader } from '../output/reader.ts';
import type { Acceptance } from '../services/acceptance.ts';
import { acceptancePage } from './acceptance.ts';
import { boxesOf, said } from './testing.ts';

const [zh, en] = [new Reader('zh', '2026-12-10T02:00:00Z'), new Reader('en', '2026-12-10T02:00:00Z')];
const AT = '2026-11-25T17:00:00Z';
const condition = (
  type: string,
  status: 'True' | 'False',
  reason: string,
  message = `${reason} / ${reason}`,
) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: AT,
});
const CHECKED = [
  condition('MemberReachable', 'True', 'Answers'),
  condition('Ready', 'True', 'ObjectsReady', '全部 4 个对象已就绪 / all 4 objects are ready'),
  condition('InSync', 'True', 'AsApproved'),
  condition('Delivered', 'True', 'Delivered'),
  condition('WithinTerm', 'True', 'WithinTerm'),
];
const opened = (verdict: ReturnType<typeof condition>, handovers: readonly Handover[] = []) => ({
  state: 'PendingAcceptance' as const,
  namespace: 'luhe-portal-00241a4e',
  deliveredRevision: 1,
  trialUntil: '2026-12-06',
  outputs: [{ name: 'endpoint', title: '连接地址 / Endpoint', value: 'req-1-web-0.luhe.svc:5432' }],
  credentialsSecret: 'req-1-web-credentials',
  handovers: [...handovers],
  conditions: [...CHECKED, verdict],
});
const WAITS = opened(condition('Accepted', 'False', 'Trial'));

function acceptance(
  status: Allocation['status'] = WAITS,
  more: Partial<Acceptance> = {},
  spec: Partial<Allocation['spec']> = {},
): Acceptance {
  const asked = request({ arch: 'amd64' });
  return {
    allocation: allocation(spec, status) as Stored<Allocation>,
    organization: organization('luhe', 'county'),
    system: system(),
    project: project(),
    item: machineItem(),
    request: asked as NonNullable<Acceptance['request']>,
    line: asked.spec.lines[0],
    ...more,
  };
}

const rowsOf = (page: string) => page.split('<tr>').map((row) => said(row).join(' | '));

test('says what was asked for beside what was given, how it is reached, its trial and what was checked', () => {
  const page = acceptancePage(acceptance(), zh);
  expect(said(page).slice(0, 2)).toEqual([
    '政务云资源验收单',
    '受理编号 ZY-2026-000001 · 待验收 · 第 1 版 · 打印时间 2026-12-10 10:00',
  ]);
  const rows = rowsOf(page);
  for (const row of [
    '服务 | 云主机 (vm) | 云主机 (vm)',
    '服务版本 | – | v1',
    '区域 / 架构 | extranet / amd64 | extranet / amd64',
    '成员集群 | – | member-extranet / luhe-portal-00241a4e',
    '期限 | 2027-06-30 | 2026-11-24 → 2027-06-30',
    '连接地址 | req-1-web-0.luhe.svc:5432',
    '自（交付日） | 2026-11-26 | 至 | 2026-12-06',
    '就绪 | 是 | 全部 4 个对象已就绪 | 2026-11-26 01:00',
  ])
    expect(rows).toContainEqual(expect.stringContaining(row));
  expect(page).not.toContain('WithinTerm');
  expect(said(page)).toContain('口令等凭据不在本单上，由使用单位以 govcloud allocation credentials 自行取用');
});

test('shows what differs from what was asked for', () => {
  const page = acceptancePage(acceptance(WAITS, {}, { arch: 'arm64', quantity: 3 }), en);
  const rows = rowsOf(page);
  expect(rows).toContainEqual(expect.stringContaining('Zone / arch | extranet / amd64 | extranet / arm64'));
  expect(rows).toContainEqual(expect.stringMatching(/^Quantity \| 2 .*\| 3 /));
});

test('has a box for each side, blank to be signed until it is accepted', () => {
  expect(boxesOf(acceptancePage(acceptance(), zh))).toEqual([
    '运营单位交付意见 由系统自动开通，于 2026-11-26 01:00 交付 单位（盖章） 签字人 日期',
    '使用单位验收意见 单位（盖章） 签字人 日期',
  ]);
});

test('is filled in with who delivered and who accepted, when and why', () => {
  const by = (name: string) => `system:serviceaccount:govcloud-people:${name}`;
  const delivered: Handover = {
    action: 'deliver',
    revision: 1,
    by: by('engineer'),
    evidence: '交付单.pdf (9 B)',
  };
  const accepted = {
    ...opened(condition('Accepted', 'True', 'Accepted'), [
      { action: 'refuse', revision: 1, by: by('luhe-ops'), comment: '太慢' },
      delivered,
      { action: 'accept', revision: 1, by: by('luhe-ops'), comment: '同意' },
    ]),
    acceptedAt: '2026-12-01T02:00:00Z',
  };
  expect(boxesOf(acceptancePage(acceptance(accepted), zh))).toEqual([
    '运营单位交付意见 交付凭证 交付单.pdf (9 B) 意见 – 单位（盖章） 签字人 engineer 日期 2026-11-26 01:00',
    '使用单位验收意见 结论 验收 意见 同意 单位（盖章） luhe 签字人 luhe-ops 日期 2026-12-01 10:00',
  ]);
  const refused = opened(condition('Accepted', 'False', 'Refused'), [
    { action: 'refuse', revision: 1, by: by('luhe-ops'), comment: '太慢' },
  ]);
  expect(boxesOf(acceptancePage(acceptance(refused), zh))[1]).toBe(
    '使用单位验收意见 结论 拒绝验收 意见 太慢 单位（盖章） luhe 签字人 luhe-ops 日期',
  );
});

test.each([
  ['accepted of an earlier content', ['accept']],
  ['refused before it was delivered again', ['refuse', 'deliver']],
] as const)('what was %s is no opinion of what is there now', (_, said) => {
  const handovers = said.map((action) => ({ action, revision: 1, by: 'somebody' }));
  const status = { ...opened(condition('Accepted', 'False', 'Waiting'), handovers), trialUntil: undefined };
  const page = acceptancePage(acceptance(status), zh);
  expect(boxesOf(page)[1]).toBe('使用单位验收意见 单位（盖章） 签字人 日期');
  expect(rowsOf(page)).toContainEqual(expect.stringContaining('试用期 | 不设试用期'));
});

test('opening stock, and a request that cannot be read, are said to be', () => {
  const unseen = { request: undefined, line: undefined, item: undefined, organization: undefined };
  const page = acceptancePage(acceptance(WAITS, unseen), en);
  expect(said(page)).toContain('the request cannot be read: what was asked for is not printed');
  expect(rowsOf(page)).toContainEqual(expect.stringContaining('Item | – | vm'));
  const stock = { adopted: true, basis: '汕政数〔2020〕7号' };
  const old = acceptancePage(
    acceptance(opened(condition('Accepted', 'True', 'OpeningStock')), unseen, stock),
    zh,
  );
  expect(said(old)[1]).toContain('汕政数〔2020〕7号');
  expect(boxesOf(old)).toEqual([
    '运营单位交付意见 单位（盖章） 签字人 日期',
    '使用单位验收意见 单位（盖章） 签字人 日期',
  ]);
});

test('is A4 upright, and loads nothing', () => {
  const page = acceptancePage(acceptance(), zh);
  expect(page.lastIndexOf('size:A4 portrait')).toBeGreaterThan(page.lastIndexOf('size:A4 landscape'));
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|https?:/);
});
