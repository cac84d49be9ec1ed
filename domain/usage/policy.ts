import { dayAfter } from '../calendar.ts';
import { z } from 'zod';
import type { Allocation, CatalogItem, ParameterValues, UsageFinding } from '../../api/v1alpha1/index.ts';
import { monthlyPriceOf } from '../catalogue/item.ts';
import { Amount, GIB } from '../quantity.ts';
import { DAY_STEPS, type UsedResource, type UseUnit } from './day.ts';
import { isOver } from '../allocation/over.ts';

/**
 * What the use of thirty days says of a grant: that it is idle, too large or too small. By a policy that is dated, so that
 * a finding is judged by what was in force on its day (issue: CPU p95 < 10 % and memory max < 30 % over 30 days with
 * coverage of at least 90 %). A grant that was not seen enough is none of these.
 */

const percent = z.int().min(0).max(100);
const EXEMPTIONS = ['disaster-recovery', 'crypto', 'seasonal'] as const;

const usagePolicy = z.strictObject({
  /** The first day on which it is in force. */
  from: z.iso.date(),
  /** How many days before the day of judgement count. */
  days: z.int().min(1).max(90),
  coveragePercent: percent,
  idle: z.strictObject({ cpuP95Percent: percent, memoryMaxPercent: percent }),
  /** Below both it is too large; what is recommended leaves so much room above what was used. */
  oversized: z.strictObject({
    cpuP95Percent: percent,
    memoryMaxPercent: percent,
    headroomPercent: z.int().min(0).max(900),
  }),
  /** At or above any of them it is too small. */
  undersized: z.strictObject({
    cpuP95Percent: percent,
    memoryMaxPercent: percent,
    storageMaxPercent: percent,
  }),
  /** What becomes of what is found; without it nothing is raised against anybody. */
  findings: z
    .strictObject({
      /** Whoever is waited for has so many working days: the owner for an answer, a judge, the owner to act. */
      workingDays: z.int().min(1).max(250),
      /** So many days after it was dropped on appeal the same is not raised again. */
      restDays: z.int().min(1).max(3650),
    })
    .optional(),
  /** Systems of which little use says nothing. */
  exempt: z.array(
    z.strictObject({ reason: z.enum(EXEMPTIONS), organization: z.string(), system: z.string() }),
  ),
});
export type UsagePolicy = z.output<typeof usagePolicy>;

/** All policies of a city. @throws z.ZodError that names what is wrong */
export function parseUsagePolicies(content: unknown): readonly UsagePolicy[] {
  return z.strictObject({ policies: z.array(usagePolicy).min(1) }).parse(content).policies;
}

/** The days whose use counts on a day of judgement, both counted. */
export function evidenceDays(
  { days }: UsagePolicy,
  day: string,
): { readonly from: string; readonly until: string } {
  return { from: dayAfter(day, -days), until: dayAfter(day, -1) };
}

/** What a resource of an allocation used in the policy's days. */
export interface UseSeen {
  readonly resource: UsedResource;
  readonly granted: Amount<UseUnit>;
  readonly samples: number;
  readonly figures?: {
    readonly p95: Amount<UseUnit>;
    readonly p99: Amount<UseUnit>;
    readonly max: Amount<UseUnit>;
  };
}

/** What was granted, as it is to be judged. */
export interface Granted {
  readonly organization: string;
  readonly system: string;
  readonly item: string;
  readonly arch: 'amd64' | 'arm64';
  readonly quantity: number;
  readonly parameters: ParameterValues;
}

export type FindingName = UsageFinding['spec']['finding'];

/** The size that one unit should have, as values of the item's parameters. */
export interface Recommendation {
  readonly vcpu: number;
  readonly memoryGiB: number;
}

export interface Saving {
  readonly millicores: Amount<'millicores'>;
  readonly memory: Amount<'bytes'>;
  readonly monthly: Amount<'fen'>;
}

export interface Judgement {
  readonly finding: FindingName;
  readonly recommendation?: Recommendation;
  readonly saving?: Saving;
}

/** Whether its use says anything of an allocation: nothing of what is given back, nor of what stands still. */
export function isJudged(allocation: Allocation): boolean {
  return !isOver(allocation) && allocation.status?.state !== 'Suspended' && !allocation.spec.released;
}

/** The same of an allocation. */
export function judgeAllocation(
  seen: readonly UseSeen[],
  allocation: Allocation,
  policy: UsagePolicy,
  day: string,
  item: CatalogItem['spec'] | undefined,
): Judgement | undefined {
  if (!isJudged(allocation)) return undefined;
  const { organization, system, item: name, arch, quantity, parameters } = allocation.spec;
  const granted = { organization, system, item: name, arch, quantity, parameters };
  return judgeUse(seen, granted, policy, day, item);
}

/**
 * @param day the day of judgement, which prices go by
 * @param item the item at the version that it was granted by; without one nothing is recommended
 */
export function judgeUse(
  seen: readonly UseSeen[],
  granted: Granted,
  policy: UsagePolicy,
  day: string,
  item: CatalogItem['spec'] | undefined,
): Judgement | undefined {
  const [cpu, memory, storage] = (['cpu', 'memory', 'storage'] as const).map((resource) =>
    seen.find((it) => it.resource === resource && isCovered(it, policy)),
  );
  const share = (it: UseSeen | undefined, figure: 'p95' | 'max', limit: number) =>
    it?.figures === undefined ? undefined : compareShare(it.figures[figure], it.granted, limit);
  const { idle, oversized, undersized } = policy;
  const isSmall =
    atLeast(share(cpu, 'p95', undersized.cpuP95Percent)) ||
    atLeast(share(memory, 'max', undersized.memoryMaxPercent)) ||
    atLeast(share(storage, 'max', undersized.storageMaxPercent));
  if (isSmall) return { finding: 'Undersized', ...sizeFor(seen, granted, policy, day, item, 'larger') };
  if (isExempt(granted, policy)) return undefined;
  if (share(cpu, 'p95', idle.cpuP95Percent) === -1 && share(memory, 'max', idle.memoryMaxPercent) === -1)
    return { finding: 'Idle', ...savingOf(granted, undefined, day, item) };
  if (
    share(cpu, 'p95', oversized.cpuP95Percent) === -1 &&
    share(memory, 'max', oversized.memoryMaxPercent) === -1
  ) {
    const size = sizeFor(seen, granted, policy, day, item, 'smaller');
    return size.recommendation ? { finding: 'Oversized', ...size } : undefined;
  }
  return undefined;
}

/** Whether little use of a system says nothing. */
export function isExempt(
  { organization, system }: Pick<Granted, 'organization' | 'system'>,
  { exempt }: UsagePolicy,
): boolean {
  return exempt.some((it) => it.organization === organization && it.system === system);
}

/** Whether enough of the policy's days was seen: what is missing counts as missing, whatever the reason. */
export function isCovered({ samples }: UseSeen, { days, coveragePercent }: UsagePolicy): boolean {
  return samples * 100 >= coveragePercent * days * DAY_STEPS;
}

/** How a figure stands to so many percent of what was granted. */
function compareShare(
  figure: Amount<UseUnit>,
  granted: Amount<UseUnit>,
  limit: number,
): -1 | 0 | 1 | undefined {
  return granted.isZero() ? undefined : figure.times(100).compare(granted.times(limit));
}

function atLeast(order: -1 | 0 | 1 | undefined): boolean {
  return order === 0 || order === 1;
}

/**
 * The size that leaves the policy's room above what was used: CPU by its 99th percentile, memory by its maximum, for one
 * unit as if all used alike. Nothing when the item has no such parameters or the size would stay as it is.
 */
function sizeFor(
  seen: readonly UseSeen[],
  granted: Granted,
  policy: UsagePolicy,
  day: string,
  item: CatalogItem['spec'] | undefined,
  direction: 'smaller' | 'larger',
): Pick<Judgement, 'recommendation' | 'saving'> {
  const figuresOf = (resource: UsedResource) => seen.find((it) => it.resource === resource)?.figures;
  const [cpu, memory] = [figuresOf('cpu')?.p99, figuresOf('memory')?.max];
  const { vcpu, memoryGiB } = granted.parameters;
  if (!item || !cpu || !memory || typeof vcpu !== 'number' || typeof memoryGiB !== 'number') return {};
  const room = BigInt(100 + policy.oversized.headroomPercent);
  const needed = (used: Amount<UseUnit>, unit: bigint) => {
    const all = 100n * unit * BigInt(granted.quantity);
    return Number((used.value * room + all - 1n) / all);
  };
  const within = (name: string, wanted: number, now: number) => {
    const parameter = item.parameters.find((it) => it.name === name);
    const bounded = Math.min(Math.max(wanted, parameter?.minimum ?? 1), parameter?.maximum ?? wanted);
    return direction === 'smaller' ? Math.min(bounded, now) : Math.max(bounded, now);
  };
  const recommendation = {
    vcpu: within('vcpu', needed(cpu, 1000n), vcpu),
    memoryGiB: within('memoryGiB', needed(memory, GIB), memoryGiB),
  };
  if (recommendation.vcpu === vcpu && recommendation.memoryGiB === memoryGiB) return {};
  return { recommendation, ...savingOf(granted, recommendation, day, item) };
}

/** What another size, or none at all, would save a month; nothing when it would cost more. */
function savingOf(
  { item: name, arch, quantity, parameters }: Granted,
  recommendation: Recommendation | undefined,
  day: string,
  item: CatalogItem['spec'] | undefined,
): Pick<Judgement, 'saving'> {
  const { vcpu, memoryGiB } = parameters;
  if (!item || typeof vcpu !== 'number' || typeof memoryGiB !== 'number') return {};
  const after = recommendation ?? { vcpu: 0, memoryGiB: 0 };
  const now = monthlyPriceOf(name, item, parameters, arch, day);
  const then = recommendation
    ? monthlyPriceOf(name, item, { ...parameters, ...recommendation }, arch, day)
    : Amount.of('fen', 0);
  const monthly = now.minus(then).times(quantity);
  if (monthly.isNegative()) return {};
  return {
    saving: {
      millicores: Amount.of('millicores', (vcpu - after.vcpu) * 1000).times(quantity),
      memory: Amount.of('bytes', BigInt(memoryGiB - after.memoryGiB) * GIB).times(quantity),
      monthly,
    },
  };
}
