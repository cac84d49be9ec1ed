import { type Allocation, FINDINGS, type UsageFinding } from '../../api/v1alpha1/index.ts';
import { dayAfter, dueDate, type Calendar } from '../calendar.ts';
import { ResourceVector } from '../quantity.ts';
import { sameJson } from '../same.ts';
import { DAY_STEPS } from './day.ts';
import {
  evidenceDays,
  type FindingName,
  isCovered,
  isExempt,
  type Judgement,
  type UsagePolicy,
  type UseSeen,
} from './policy.ts';
import { grantedOf } from './subject.ts';
import { isOver } from '../allocation/over.ts';

/**
 * What the use of a grant has raised against it, once a day. Of a grant there is one finding of each name, so that twice is
 * once; what nobody answered is kept up to date, what was answered stays as it was read.
 */

type Spec = UsageFinding['spec'];
type Evidence = Spec['evidence'][number];

/** All that is known of a grant on a day of judgement. */
export interface GrantSeen {
  readonly allocation: Allocation;
  readonly use: readonly UseSeen[];
  readonly judgement: Judgement | undefined;
  /** Its findings, over or not. */
  readonly standing: readonly UsageFinding[];
  /** Of its system. */
  readonly contact: { readonly person: string; readonly phone: string } | undefined;
  readonly policy: UsagePolicy;
  readonly calendar: Calendar;
  readonly day: string;
}

/** The names of all findings that there may be of an allocation. */
export function findingNames(allocation: string): readonly string[] {
  return FINDINGS.map((finding) => findingName(allocation, finding));
}

function findingName(allocation: string, finding: FindingName): string {
  return `${allocation}-${finding.toLowerCase()}`;
}

/** The findings that shall be made or written otherwise, as they shall stand; one that is to be made has no uid. */
export function decideFindings(seen: GrantSeen): readonly UsageFinding[] {
  const { allocation, use, policy, judgement, standing } = seen;
  const { spec } = allocation;
  if (!policy.findings || spec.released || isOver(allocation) || !isOfNow(spec, use)) return [];
  const over = standing.flatMap((it) => {
    const ended = it.spec.finding === judgement?.finding ? undefined : endedOf(it, seen);
    return ended ? [{ ...it, spec: { ...it.spec, ended } }] : [];
  });
  const found = judgement && foundOf(judgement, seen);
  return found ? [...over, found] : over;
}

/** Whether the books' last day is one of what is granted now: after a change its use is not to be judged by what was before. */
function isOfNow({ consumes }: Allocation['spec'], use: readonly UseSeen[]): boolean {
  const granted = grantedOf(ResourceVector.parse(consumes));
  return use.every((it) => it.granted.value === granted[it.resource]);
}

/** Why a finding that is not found again is over. What was not seen enough says nothing: it then stays. */
function endedOf(
  finding: UsageFinding,
  { allocation, use, policy, day }: GrantSeen,
): Spec['ended'] | undefined {
  const { spec } = finding;
  if (spec.ended || droppedOn(finding, day)) return undefined;
  if (spec.finding !== 'Undersized' && isExempt(allocation.spec, policy))
    return { on: day, because: 'Exempt' };
  const isSeen = spec.evidence.every(({ resource }) =>
    use.some((it) => it.resource === resource && isCovered(it, policy)),
  );
  return isSeen ? { on: day, because: 'UseChanged' } : undefined;
}

function foundOf(judgement: Judgement, seen: GrantSeen): UsageFinding | undefined {
  const { allocation, standing, policy, calendar, day } = seen;
  const { workingDays, restDays } = policy.findings as NonNullable<UsagePolicy['findings']>;
  const isResting = standing.some((it) => {
    const on = droppedOn(it, day);
    const isOfThis = isLittle(it.spec.finding) === isLittle(judgement.finding);
    return isOfThis && on !== undefined && day <= dayAfter(on, restDays);
  });
  if (isResting) return undefined;
  const known = standing.find(({ spec }) => spec.finding === judgement.finding);
  const { metadata } = allocation;
  const raise = (): Pick<Spec, 'raised' | 'deadline' | 'workingDays'> => ({
    raised: day,
    deadline: dueDate(calendar, `${day}T00:00:00+08:00`, workingDays).date,
    workingDays,
  });
  if (!known) {
    const name = findingName(metadata.name, judgement.finding);
    const place = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    return {
      apiVersion: allocation.apiVersion,
      kind: 'UsageFinding',
      metadata: { name, ...place },
      spec: { ...specOf(judgement, seen), ...raise() },
    };
  }
  const { ended } = known.spec;
  // What ended today is judged by days of before; on another day it is another matter, with decisions of its own.
  if (ended ? ended.on >= day : !isDropped(known) && decisionsOn(known).length > 0) return undefined;
  const { raised, deadline, workingDays: given } = known.spec;
  const times = ended || isDropped(known) ? raise() : { raised, deadline, workingDays: given };
  const spec = { ...specOf(judgement, seen), ...times };
  return sameJson(spec, known.spec) ? undefined : { ...known, spec };
}

/** Whether it says that too little is used: what was dropped on appeal is not raised again as the other of these two. */
function isLittle(finding: FindingName): boolean {
  return finding !== 'Undersized';
}

function decisionsOn({ spec, status }: UsageFinding) {
  return status?.decisions?.filter(({ raised }) => raised === spec.raised) ?? [];
}

function isDropped(finding: UsageFinding): boolean {
  return decisionsOn(finding).some(({ verdict }) => verdict === 'dismiss');
}

/** When it was dropped on appeal, if it was; today while that is not shown yet. */
function droppedOn(finding: UsageFinding, day: string): string | undefined {
  if (!isDropped(finding)) return undefined;
  const { state, since } = finding.status ?? {};
  return state === 'Dismissed' ? since : day;
}

function specOf(
  judgement: Judgement,
  { allocation, use, contact, policy, day }: GrantSeen,
): Omit<Spec, 'raised' | 'deadline' | 'workingDays'> {
  const { metadata, spec } = allocation;
  return {
    allocation: { name: metadata.name, uid: metadata.uid ?? '', revision: spec.revision },
    owner: { organization: spec.organization, system: spec.system, ...contact },
    item: spec.item,
    finding: judgement.finding,
    policyFrom: policy.from,
    ...evidenceDays(policy, day),
    evidence: use.flatMap((it) => evidenceOf(it, policy)),
    ...advisedSizes(judgement, spec),
  };
}

/** A unit's size now and as recommended, and what that saves in all: millicores, bytes, fen a month. */
export function advisedSizes(
  { recommendation, saving }: Judgement,
  { parameters: { vcpu, memoryGiB } }: Allocation['spec'],
): Pick<Spec, 'now' | 'recommended' | 'saving'> {
  return {
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
  };
}

/** Nothing of what was not seen enough, or is not judged. */
function evidenceOf(it: UseSeen, policy: UsagePolicy): Evidence[] {
  const { resource, granted, samples, figures } = it;
  if (resource === 'network' || !figures || !isCovered(it, policy)) return [];
  return [
    {
      resource,
      granted: Number(granted.value),
      p95: Number(figures.p95.value),
      p99: Number(figures.p99.value),
      max: Number(figures.max.value),
      coverageBasisPoints: Math.floor((samples * 10_000) / (policy.days * DAY_STEPS)),
    },
  ];
}
