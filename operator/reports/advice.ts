import { load } from 'js-yaml';
import type { UsageAdvice } from '../../api/reports/index.ts';
import type { Allocation } from '../../api/v1alpha1/index.ts';
import { type Books, onSnapshot } from '../../books/database.ts';
import { readTime } from '../../books/reports-requests.ts';
import { daysRolledUp, type Period, type PeriodUse, readUse } from '../../books/usage.ts';
import { cityDay, dayAfter, policyOn } from '../../domain/calendar.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import { lastDayOver } from '../../domain/report/dates.ts';
import { advisedSizes } from '../../domain/usage/findings.ts';
import {
  evidenceDays,
  isCovered,
  isJudged,
  type Judgement,
  judgeUse,
  parseUsagePolicies,
  type UsagePolicy,
} from '../../domain/usage/policy.ts';
import { grantedOf } from '../../domain/usage/subject.ts';
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
      const { items, next } = page;
      return { items: named(items, query), ...(next === undefined ? {} : { next }) };
    });
  },
});

interface Advice {
  readonly items: readonly UsageAdvice[];
  /** How many allocations stood then and are not known any more, so that nothing is said of them. */
  readonly gone: number;
  /** How many were not seen enough to be judged as idle. */
  readonly unseen: number;
  readonly next?: string;
}

/**
 * A page of what is judged: now, or as of a past moment, by the policy of its day and the use of the days before it. What
 * has another size since then is judged by the size that it had, but what it would save is not known.
 * @param asOf left out: now
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
    zone,
    asOf,
  }: { readonly [key in 'namespace' | 'name' | 'after' | 'zone']?: string | undefined } & {
    readonly limit?: number;
    readonly asOf?: Date | undefined;
  },
): Promise<Advice> {
  const now = await readTime(snapshot);
  const moment = (asOf ?? now).toISOString();
  const day = cityDay(moment);
  const isPast = day !== cityDay(now.toISOString());
  const policy = policyOfDay(registry, day);
  const period = evidenceDays(policy, dayAfter(lastDayOver(moment), 1));
  const page = await readUse(snapshot, {
    ...period,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { allocation: name }),
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
  });
  const known = registry.allocations();
  const last = isPast ? (await daysRolledUp(snapshot, period)).at(-1) : undefined;
  let [gone, unseen] = [0, 0];
  const items = [...Map.groupBy(page.items, ({ metered }) => metered.uid)].flatMap(([uid, use]) => {
    const allocation = known.get(uid);
    if (zone !== undefined && use.some(({ metered }) => metered.zone !== zone)) return [];
    // What was given back by then has no row of the last day.
    if (isPast ? use.every((it) => it.last !== last) : !allocation || !isJudged(allocation)) return [];
    if (!allocation) {
      gone += 1;
      return [];
    }
    if (!isSeen(use, policy)) unseen += 1;
    const isKnown = !isPast || isSameSize(allocation, use);
    const item = isKnown ? registry.items().get(allocation.spec.item)?.spec : undefined;
    const judged = judgeUse(use, allocation.spec, policy, day, item);
    return judged ? [adviceOf(allocation, use, judged, policy, period)] : [];
  });
  return { items, gone, unseen, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** Whether enough was seen of what idleness is judged by, where there is any of it. */
function isSeen(use: readonly PeriodUse[], policy: UsagePolicy): boolean {
  return use
    .filter(({ resource }) => resource === 'cpu' || resource === 'memory')
    .every((it) => isCovered(it, policy));
}

/** @throws Refusal E_REPORT_POLICY when there is none, or one that cannot be read */
function policyOfDay(registry: Registry, day: string): UsagePolicy {
  const text = registry.usagePolicy();
  let policy: UsagePolicy | undefined;
  try {
    policy = text === undefined ? undefined : policyOn(parseUsagePolicies(load(text)), day);
  } catch (error) {
    throw new Refusal('E_REPORT_POLICY', { detail: (error as Error).message });
  }
  if (!policy) throw new Refusal('E_REPORT_POLICY', { detail: `ConfigMap usage-policy, ${day}` });
  return policy;
}

/** Whether it was granted as much as it is now. */
function isSameSize({ spec }: Allocation, use: readonly PeriodUse[]): boolean {
  const now = grantedOf(ResourceVector.parse(spec.consumes));
  return use.every(({ resource, granted }) => granted.value === now[resource]);
}

function adviceOf(
  { metadata, spec }: Allocation,
  use: readonly PeriodUse[],
  judgement: Judgement,
  policy: UsagePolicy,
  period: Period,
): UsageAdvice {
  const { organization, system, item, zone, arch, quantity } = spec;
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
    finding: judgement.finding,
    policyFrom: policy.from,
    ...period,
    ...advisedSizes(judgement, spec),
    evidence: use.map((it) => usageOf(it, period)),
  };
}
