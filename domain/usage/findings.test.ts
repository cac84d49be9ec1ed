import { dayAfter } from '../calendar.ts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allocation, CatalogItem, UsageDecision, UsageFinding } from '../../api/v1alpha1/index.ts';
import { Amount } from '../quantity.ts';
import { SEEDED } from '../testing/seed.ts';
import { decideFinding } from './answers.ts';
import { DAY_STEPS } from './day.ts';
import { decideFindings, findingNames, type GrantSeen } from './findings.ts';
import { isJudged, judgeAllocation, type UsagePolicy, type UseSeen } from './policy.ts';

const POLICY: UsagePolicy = {
  from: '2020-01-01',
  days: 30,
  coveragePercent: 90,
  idle: { cpuP95Percent: 10, memoryMaxPercent: 30 },
  oversized: { cpuP95Percent: 40, memoryMaxPercent: 60, headroomPercent: 50 },
  undersized: { cpuP95Percent: 85, memoryMaxPercent: 95, storageMaxPercent: 90 },
  findings: { workingDays: 5, restDays: 180 },
  exempt: [],
};
const CALENDAR = { years: [2026], holidays: new Set<string>(), workdays: new Set<string>() };
const WHOLE = 30 * DAY_STEPS;
const DAY = '2026-03-02';

const ITEM = {
  maxQuantity: 100,
  parameters: [
    { name: 'vcpu', minimum: 1, maximum: 128 },
    { name: 'memoryGiB', minimum: 1, maximum: 384 },
  ],
  prices: [{ from: '2018-01-01', monthlyFen: 'params.vcpu * 4000', armFactorBasisPoints: 9000 }],
} as unknown as CatalogItem['spec'];

const allocation = (more: Partial<Allocation['spec']> = {}): Allocation => ({
  apiVersion: 'govcloud.dev/v1alpha1',
  kind: 'Allocation',
  metadata: { name: 'vm-1', namespace: 'gov-health', uid: 'uid-1' },
  spec: {
    organization: 'health',
    system: 'portal',
    item: 'vm',
    arch: 'amd64',
    quantity: 2,
    parameters: { vcpu: 8, memoryGiB: 16 },
    consumes: { vcpu: '16', memory: '32Gi', ssd: '100Gi' },
    revision: 2,
    contentRevision: 1,
    ...more,
  } as Allocation['spec'],
});

/** Shares of what was granted, in percent. */
function used(cpu: number, memory: number, samples = WHOLE, storage = 50): UseSeen[] {
  const use = (resource: 'cpu' | 'memory' | 'storage', granted: bigint, share: number): UseSeen => {
    const unit = resource === 'cpu' ? 'millicores' : 'bytes';
    const figure = Amount.of(unit, (granted * BigInt(share)) / 100n);
    return {
      resource,
      granted: Amount.of(unit, granted),
      samples,
      figures: { p95: figure, p99: figure, max: figure },
    };
  };
  return [use('cpu', 16_000n, cpu), use('memory', 32n << 30n, memory), use('storage', 100n << 30n, storage)];
}

function found(
  use: readonly UseSeen[],
  standing: readonly UsageFinding[] = [],
  more: Partial<GrantSeen> = {},
): readonly UsageFinding[] {
  const { allocation: of = allocation(), policy = POLICY, day = DAY } = more;
  const judgement = judgeAllocation(use, of, policy, day, ITEM);
  const contact = { person: '张三', phone: '0660-1' };
  const seen = { allocation: of, use, judgement, standing, contact, policy, calendar: CALENDAR, day };
  return decideFindings({ ...seen, ...more });
}

/** As the hub has it once it is written. */
const stored = (finding: UsageFinding, more: UsageFinding['status'] = {}): UsageFinding => ({
  ...finding,
  metadata: { ...finding.metadata, uid: 'uid-f' },
  status: { decisions: [], ...more },
});
const idle = () => stored(found(used(1, 1))[0] as UsageFinding, { state: 'Open' });
const said = (verdict: UsageDecision['verdict'], by = 'ops', raised = DAY): UsageDecision => ({
  step: verdict === 'uphold' || verdict === 'dismiss' ? 'judge' : 'answer',
  raised,
  generation: 1,
  by,
  verdict,
});
const dropped = () =>
  stored(idle(), {
    state: 'Dismissed',
    since: '2026-03-10',
    decisions: [said('appeal'), said('dismiss', 'judge')],
  });

it.each<[string, Partial<Allocation>, boolean]>([
  ['what is in use', { status: { state: 'InUse' } }, true],
  ['what stands still', { status: { state: 'Suspended' } }, false],
  ['what is reclaimed', { status: { state: 'Reclaimed' } }, false],
  ['what is released', { spec: { ...allocation().spec, released: true } }, false],
])('of %s little use says something: %s', (_, more, expected) => {
  expect(isJudged({ ...allocation(), ...more })).toBe(expected);
  expect(found(used(1, 1), [], { allocation: { ...allocation(), ...more } })).toHaveLength(expected ? 1 : 0);
});

describe('what is raised against a grant', () => {
  it('says who must answer by when, on what evidence, and what it would save', () => {
    expect(found(used(5, 10))).toEqual([
      {
        apiVersion: 'govcloud.dev/v1alpha1',
        kind: 'UsageFinding',
        metadata: { name: 'vm-1-idle', namespace: 'gov-health' },
        spec: {
          allocation: { name: 'vm-1', uid: 'uid-1', revision: 2 },
          owner: { organization: 'health', system: 'portal', person: '张三', phone: '0660-1' },
          item: 'vm',
          finding: 'Idle',
          policyFrom: '2020-01-01',
          from: '2026-01-31',
          until: '2026-03-01',
          evidence: expect.arrayContaining([
            {
              resource: 'cpu',
              granted: 16_000,
              p95: 800,
              p99: 800,
              max: 800,
              coverageBasisPoints: 10_000,
            },
          ]),
          now: { vcpu: 8, memoryGiB: 16 },
          saving: { millicores: 16_000, memoryBytes: 32 * 2 ** 30, monthlyFen: 64_000 },
          raised: DAY,
          deadline: '2026-03-09',
          workingDays: 5,
        },
      },
    ]);
    expect(found(used(20, 50))[0]).toMatchObject({
      metadata: { name: 'vm-1-oversized' },
      spec: { recommended: { vcpu: 3, memoryGiB: 12 } },
    });
    expect(found(used(90, 50))[0]?.metadata.name).toBe('vm-1-undersized');
    expect(findingNames('vm-1')).toEqual(['vm-1-idle', 'vm-1-oversized', 'vm-1-undersized']);
  });

  it('is nothing where too little was seen, and holds no evidence of what was not', () => {
    expect(found(used(1, 1, (WHOLE * 9) / 10 - 1))).toEqual([]);
    const [cpu, memory, storage] = used(1, 1) as [UseSeen, UseSeen, UseSeen];
    const partly = found([cpu, memory, { ...storage, samples: 10 }]);
    expect(partly[0]?.spec.evidence.map(({ resource }) => resource)).toEqual(['cpu', 'memory']);
  });

  it('is nothing of what is exempt, given back, or was granted otherwise on the books’ last day', () => {
    const exempt = [{ reason: 'crypto' as const, organization: 'health', system: 'portal' }];
    expect(found(used(1, 1), [], { policy: { ...POLICY, exempt } })).toEqual([]);
    expect(found(used(1, 1), [], { allocation: allocation({ released: true }) })).toEqual([]);
    const larger = allocation({ consumes: { vcpu: '32', memory: '32Gi', ssd: '100Gi' } });
    expect(found(used(1, 1), [], { allocation: larger })).toEqual([]);
  });

  it('is nothing in a city whose policy says nothing of it', () => {
    const { findings: _, ...policy } = POLICY;
    expect(found(used(1, 1), [idle()], { policy })).toEqual([]);
  });
});

describe('what stands already', () => {
  const later = '2026-03-05';

  it('is raised once, and kept up to date while nobody answered', () => {
    expect(found(used(1, 1), [idle()])).toEqual([]);
    const [next] = found(used(2, 1), [idle()], { day: later });
    expect(next?.metadata.uid).toBe('uid-f');
    expect(next?.spec).toMatchObject({ until: '2026-03-04', raised: DAY, deadline: '2026-03-09' });
  });

  it.each([['appeal'], ['release']] as const)('stays as it was read once the answer is %s', (verdict) => {
    const answered = stored(idle(), { decisions: [said(verdict)] });
    expect(found(used(2, 1), [answered], { day: later })).toEqual([]);
  });

  it('is over when use has changed, whatever was said of it', () => {
    const ended = { on: later, because: 'UseChanged' };
    for (const decisions of [[], [said('appeal')], [said('release')]]) {
      const [over, more] = found(used(60, 70), [stored(idle(), { decisions })], { day: later });
      expect([over?.spec.ended, more]).toEqual([ended, undefined]);
    }
    const names = found(used(20, 50), [idle()], { day: later }).map(({ metadata }) => metadata.name);
    expect(names).toEqual(['vm-1-idle', 'vm-1-oversized']);
  });

  it('is not over because it was not seen', () => {
    expect(found(used(60, 70, 10), [idle()], { day: later })).toEqual([]);
    expect(found([], [idle()], { day: later })).toEqual([]);
  });

  it('is over when its system is exempt now', () => {
    const exempt = [{ reason: 'crypto' as const, organization: 'health', system: 'portal' }];
    const [over] = found([], [idle()], { policy: { ...POLICY, exempt } });
    expect(over?.spec.ended).toEqual({ on: DAY, because: 'Exempt' });
  });

  it('is raised again when it is found again, on another day', () => {
    const closed = stored({
      ...idle(),
      spec: { ...idle().spec, ended: { on: later, because: 'UseChanged' } },
    });
    expect(found(used(1, 1), [closed], { day: later })).toEqual([]);
    const [again] = found(used(1, 1), [closed], { day: '2026-03-06' });
    expect(again?.spec).toMatchObject({ raised: '2026-03-06', deadline: '2026-03-13' });
    expect(again?.spec.ended).toBeUndefined();
  });

  it('is not raised again for the policy’s days after it was dropped, nor as the other kind of too little', () => {
    for (const share of [1, 20]) {
      expect(found(used(share, share), [dropped()], { day: '2026-09-06' })).toEqual([]);
      expect(found(used(share, share), [dropped()], { day: '2026-09-07' })[0]?.spec.raised).toBe(
        '2026-09-07',
      );
    }
    expect(found(used(90, 50), [dropped()])[0]?.metadata.name).toBe('vm-1-undersized');
    // Said, and not shown yet.
    const justNow = stored(dropped(), { state: 'Appealed', decisions: dropped().status?.decisions });
    expect(found(used(1, 1), [justNow], { day: '2026-12-01' })).toEqual([]);
  });
});

/** A year of a grant: each day its use, and what people do about what is found. */
describe('a year of any grant', () => {
  const dayOfLife = fc.record({
    cpu: fc.integer({ min: 0, max: 100 }),
    memory: fc.integer({ min: 0, max: 100 }),
    seen: fc.constantFrom(WHOLE, WHOLE, WHOLE, 10),
    says: fc.constantFrom(undefined, 'release', 'appeal', 'uphold', 'dismiss' as const),
    skipped: fc.integer({ min: 0, max: 60 }),
  });

  it('raises nothing twice, nothing unseen, nothing that rests; and judging a day again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(dayOfLife, { minLength: 5, maxLength: 25 }), (life) => {
        const hub = new Map<string, UsageFinding>();
        const droppedOn = new Map<boolean, string>();
        const times = new Map<UsageDecision, string>();
        let day = DAY;
        for (const { cpu, memory, seen, says, skipped } of life) {
          day = dayAfter(day, skipped + 1);
          const use = used(cpu, memory, seen);
          const write = () => {
            const all = found(use, [...hub.values()], { day });
            for (const it of all) {
              const known = hub.get(it.metadata.name);
              hub.set(it.metadata.name, {
                ...stored(it),
                ...(known?.status ? { status: known.status } : {}),
              });
            }
            return all;
          };
          const before = new Map(hub);
          for (const it of write()) {
            const { raised, ended, finding } = it.spec;
            expect(seen).toBe(WHOLE);
            const known = before.get(it.metadata.name);
            if (known) expect(known.spec.raised <= raised).toBe(true);
            if (ended || known?.spec.raised === raised) continue;
            expect(raised).toBe(day);
            const on = droppedOn.get(finding !== 'Undersized');
            expect(on === undefined || day > dayAfter(on, 180)).toBe(true);
          }
          expect(write()).toEqual([]);
          const now = `${day}T04:00:00Z`;
          for (const [name, finding] of hub) {
            const decisions = [...(finding.status?.decisions ?? [])];
            const own = decisions.filter((it) => it.raised === finding.spec.raised);
            const last = own.at(-1)?.verdict;
            const isJudgement = says === 'uphold' || says === 'dismiss';
            const isOpen = isJudgement ? last === 'appeal' : last === undefined;
            if (says && isOpen && !finding.spec.ended) {
              const decision = said(says, isJudgement ? 'judge' : 'ops', finding.spec.raised);
              decisions.push(decision);
              times.set(decision, now);
              if (says === 'dismiss') droppedOn.set(finding.spec.finding !== 'Undersized', day);
            }
            const action = decideFinding({
              finding: { ...finding, status: { ...finding.status, decisions } },
              allocation: allocation(),
              copies: decisions.map((it) => ({ ...it, decidedAt: times.get(it) as string })),
              calendar: CALENDAR,
              now,
            });
            if (action.do === 'project') hub.set(name, { ...finding, status: action.status });
          }
        }
      }),
      SEEDED,
    );
  });
});
