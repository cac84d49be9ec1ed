import { load } from 'js-yaml';
import type { UsageAdvice } from '../../api/reports/index.ts';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { type Books, onSnapshot } from '../../books/database.ts';
import { readTime } from '../../books/reports-requests.ts';
import { type Period, type PeriodUse, readUse } from '../../books/usage.ts';
import { cityDay } from '../../domain/calendar.ts';
import {
  evidenceDays,
  type Judgement,
  judgeAllocation,
  parseUsagePolicies,
  policyOn,
  type UsagePolicy,
} from '../../domain/usage/policy.ts';
import { Refusal } from './refusal.ts';
import type { Registry } from './registry.ts';
import { column, defineReport, named, nameColumn } from './resource.ts';
import { usageOf } from './usage.ts';

/** What the use of the last weeks says of each grant, by the policy in force today. Judged when it is read. */
export const usageadvice = defineReport('usageadvice', {
  singular: 'usageadvice',
  kind: 'UsageAdvice',
  namespaced: true,
  columns: [
    nameColumn,
    column('System', '系统 / system', (item) => item.system),
    column('Finding', '判定 / finding', (item) => item.finding),
    column('vCPU', '建议单台 vCPU / vCPU of one unit, recommended', (item) => item.recommended?.vcpu ?? ''),
    column('Memory-GiB', '建议单台内存 / memory of one unit', (item) => item.recommended?.memoryGiB ?? ''),
    column('Saving-Fen', '每月节省（分） / saved a month', (item) => item.saving?.monthlyFen ?? ''),
  ],
  read: async ({ books, registry }, query) => {
    const { namespace, name, parameters } = query;
    const after = name === undefined ? parameters.text('continue') : undefined;
    return onSnapshot(books, async (snapshot) => {
      const page = await readAdvice(snapshot, registry, { namespace, name, after, limit: parameters.limit });
      return { ...page, items: named(page.items, query) };
    });
  },
});

/**
 * A page of what is judged.
 * @throws Refusal E_REPORT_POLICY
 */
export async function readAdvice(
  snapshot: Books,
  registry: Registry,
  {
    namespace,
    name,
    after,
    limit,
  }: { readonly [key in 'namespace' | 'name' | 'after']?: string | undefined } & {
    readonly limit?: number;
  },
): Promise<{ readonly items: readonly UsageAdvice[]; readonly next?: string }> {
  const today = cityDay((await readTime(snapshot)).toISOString());
  const policy = policyToday(registry, today);
  const period = evidenceDays(policy, today);
  const page = await readUse(snapshot, {
    ...period,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { allocation: name }),
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
  });
  const standing = registry.allocations();
  const items = [...Map.groupBy(page.items, ({ metered }) => metered.uid)].flatMap(([uid, use]) => {
    const allocation = standing.get(uid);
    const item = allocation && registry.items().get(allocation.spec.item)?.spec;
    const judged = allocation && judgeAllocation(use, allocation, policy, today, item);
    return judged ? [adviceOf(allocation, use, judged, policy, period)] : [];
  });
  return { items, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** @throws Refusal E_REPORT_POLICY when there is none, or one that cannot be read */
function policyToday(registry: Registry, today: string): UsagePolicy {
  const text = registry.usagePolicy();
  let policy: UsagePolicy | undefined;
  try {
    policy = text === undefined ? undefined : policyOn(parseUsagePolicies(load(text)), today);
  } catch (error) {
    throw new Refusal('E_REPORT_POLICY', { detail: (error as Error).message });
  }
  if (!policy) throw new Refusal('E_REPORT_POLICY', { detail: `ConfigMap usage-policy, ${today}` });
  return policy;
}

function adviceOf(
  { metadata, spec }: Allocation,
  use: readonly PeriodUse[],
  { finding, recommendation, saving }: Judgement,
  policy: UsagePolicy,
  period: Period,
): UsageAdvice {
  const { organization, system, item, zone, arch, quantity, parameters } = spec;
  const { vcpu, memoryGiB } = parameters;
  return {
    metadata: { name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) },
    allocation: metadata.name,
    allocationUid: metadata.uid ?? '',
    organization,
    system,
    item,
    zone,
    arch,
    quantity,
    finding,
    policyFrom: policy.from,
    ...period,
    ...(typeof vcpu === 'number' && typeof memoryGiB === 'number' ? { now: { vcpu, memoryGiB } } : {}),
    ...(recommendation ? { recommended: recommendation } : {}),
    ...(saving
      ? {
          saving: {
            millicores: Number(saving.millicores.value),
            memoryBytes: Number(saving.memory.value),
            monthlyFen: Number(saving.monthly.value),
          },
        }
      : {}),
    evidence: use.map((it) => usageOf(it, period)),
  };
}
