import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allocation, UsageFinding } from '../../api/v1alpha1/index.ts';
import { SEEDED } from '../testing/seed.ts';
import { type AnswerCopy, decideFinding, type FindingPicture, isOver, standOf } from './answers.ts';

const RAISED = '2026-03-02';
const CALENDAR = { years: [2026], holidays: new Set<string>(), workdays: new Set<string>() };

const spec = (more: Partial<UsageFinding['spec']> = {}): UsageFinding['spec'] => ({
  allocation: { name: 'vm-1', uid: 'uid-1', revision: 2 },
  owner: { organization: 'health', system: 'portal' },
  item: 'vm',
  finding: 'Idle',
  policyFrom: '2020-01-01',
  from: '2026-01-31',
  until: '2026-03-01',
  evidence: [{ resource: 'cpu', granted: 8000, p95: 20, p99: 40, max: 100, coverageBasisPoints: 10_000 }],
  raised: RAISED,
  deadline: '2026-03-09',
  workingDays: 5,
  ...more,
});

const copy = (
  by: string,
  verdict: AnswerCopy['verdict'],
  decidedAt = '2026-03-03T02:00:00Z',
  raised = RAISED,
): AnswerCopy => ({
  step: verdict === 'uphold' || verdict === 'dismiss' ? 'judge' : 'answer',
  raised,
  by,
  verdict,
  decidedAt,
});

describe('what people make of a finding', () => {
  const appeal = copy('ops', 'appeal');
  it.each([
    ['nothing', [], 'Open'],
    ['its owner will release', [copy('ops', 'release')], 'Accepted'],
    ['its owner appeals', [appeal], 'Appealed'],
    ['the appeal fails', [appeal, copy('judge', 'uphold')], 'Upheld'],
    ['the appeal holds', [appeal, copy('judge', 'dismiss')], 'Dismissed'],
    ['its owner then will resize', [appeal, copy('judge', 'uphold'), copy('ops', 'resize')], 'Accepted'],
    ['who appealed judges', [appeal, copy('ops', 'dismiss')], 'Appealed'],
    ['nobody appealed', [copy('judge', 'dismiss')], 'Open'],
    ['a second appeal', [appeal, copy('judge', 'uphold'), copy('ops', 'appeal')], 'Upheld'],
    ['a second answer', [copy('ops', 'release'), copy('ops-2', 'appeal')], 'Accepted'],
    ['a second judgement', [appeal, copy('judge', 'dismiss'), copy('judge-2', 'uphold')], 'Dismissed'],
    [
      'what was said of an earlier raising',
      [copy('ops', 'appeal', '2025-01-03T02:00:00Z', '2025-01-02')],
      'Open',
    ],
  ] as const)('%s', (_, copies, state) => {
    expect(standOf(spec(), copies).state).toBe(state);
  });

  it('is over once the evidence is gone, unless it was dropped', () => {
    const gone = spec({ ended: { on: '2026-03-05', because: 'UseChanged' } });
    expect(standOf(gone, [appeal])).toEqual({ state: 'Closed', since: '2026-03-05T00:00:00+08:00' });
    expect(standOf(gone, [appeal, copy('judge', 'dismiss')]).state).toBe('Dismissed');
  });

  it('never has somebody judge what they answered, and never goes on from what was dropped', () => {
    const people = fc.constantFrom('a', 'b', 'c');
    const verdicts = fc.constantFrom('release', 'resize', 'appeal', 'uphold', 'dismiss' as const);
    const said = fc.tuple(people, verdicts).map(([by, verdict]) => copy(by, verdict as never));
    fc.assert(
      fc.property(fc.array(said, { maxLength: 8 }), (copies) => {
        const states = copies.map((_, index) => standOf(spec(), copies.slice(0, index + 1)).state);
        for (const [index, { by, step }] of copies.entries()) {
          const [before, now] = [states[index - 1] ?? 'Open', states[index]];
          if (before === 'Dismissed') expect(now).toBe('Dismissed');
          if (before === now || step === 'answer') continue;
          expect(before).toBe('Appealed');
          const answers = copies.slice(0, index).filter((it) => it.step === 'answer');
          // Of two who answered only the first may have counted.
          expect(answers.length > 1 || answers[0]?.by !== by).toBe(true);
        }
      }),
      SEEDED,
    );
  });
});

describe('what is done about a finding', () => {
  const allocation = (more: Partial<Allocation['spec']> = {}, uid = 'uid-1'): Allocation => ({
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Allocation',
    metadata: { name: 'vm-1', namespace: 'gov-health', uid },
    spec: { revision: 2, contentRevision: 2, ...more } as Allocation['spec'],
  });
  const finding = (more: Partial<UsageFinding> = {}): UsageFinding => ({
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'UsageFinding',
    metadata: { name: 'vm-1-idle', namespace: 'gov-health', uid: 'uid-f', generation: 3 },
    spec: spec(),
    ...more,
  });
  const saying = (copies: readonly AnswerCopy[]) =>
    finding({ status: { decisions: copies.map((it) => ({ ...it, generation: 3 })) } });
  const decide = (more: Partial<FindingPicture> = {}) =>
    decideFinding({
      finding: saying(more.copies ?? []),
      allocation: allocation(),
      copies: [],
      calendar: CALENDAR,
      now: '2026-03-03T02:00:00Z',
      ...more,
    });
  const statusOf = (more: Partial<FindingPicture> = {}) => {
    const action = decide(more);
    if (action.do !== 'project') throw new Error(action.do);
    return action.status;
  };
  const overdue = (status: NonNullable<UsageFinding['status']>) =>
    status.conditions?.find(({ type }) => type === 'Overdue')?.status;

  it('shows whom it waits for, and rests once it does', () => {
    const status = statusOf();
    expect(status).toMatchObject({
      state: 'Open',
      stateText: '待答复 / Pending answer',
      since: RAISED,
      due: '2026-03-09',
      waitsFor: '责任单位 / its owner',
      decisions: [],
      observedGeneration: 3,
    });
    expect(decide({ finding: finding({ status }) })).toEqual({ do: 'wait' });
  });

  it('gives whoever is waited for the policy’s working days, from when it came to them', () => {
    const appealed = [copy('ops', 'appeal', '2026-03-06T10:00:00Z')];
    const upheld = [...appealed, copy('judge', 'uphold', '2026-03-12T17:00:00Z')];
    expect(statusOf({ copies: appealed })).toMatchObject({ due: '2026-03-13', since: '2026-03-06' });
    // One in the morning of the 13th in the city.
    expect(statusOf({ copies: upheld })).toMatchObject({ due: '2026-03-20', since: '2026-03-13' });
    const dropped = statusOf({ copies: [...appealed, copy('judge', 'dismiss')] });
    expect([dropped.due, dropped.state, overdue(dropped)]).toEqual([undefined, 'Dismissed', 'False']);
  });

  it('is overdue on the day after, by the city’s clock', () => {
    expect(overdue(statusOf({ now: '2026-03-09T15:59:59Z' }))).toBe('False');
    expect(overdue(statusOf({ now: '2026-03-09T16:00:00Z' }))).toBe('True');
  });

  it.each([
    ['released', allocation({ released: true }), 'Released'],
    ['resized', allocation({ revision: 3, contentRevision: 3 }), 'Resized'],
    ['made again', allocation({}, 'uid-2'), 'AllocationGone'],
    ['gone', undefined, 'AllocationGone'],
  ] as const)('is over when the allocation is %s', (_, changed, because) => {
    expect(decide({ allocation: changed })).toEqual({ do: 'end', ended: { on: '2026-03-03', because } });
    const dropped = [copy('ops', 'appeal'), copy('judge', 'dismiss')];
    expect(decide({ allocation: changed, copies: dropped }).do).toBe('project');
  });

  it('is over when the books have what the hub has lost, to be raised anew', () => {
    const copies = [copy('ops', 'appeal'), copy('judge', 'dismiss')];
    for (const had of [[], copies.slice(0, 1)]) {
      const ended = { on: '2026-03-03', because: 'SetBack' };
      expect(decide({ finding: saying(had), copies })).toEqual({ do: 'end', ended });
      expect(decide({ finding: { ...saying(had), spec: spec({ ended: ended as never }) }, copies }).do).toBe(
        'project',
      );
    }
    const earlier = [copy('ops', 'appeal', '2025-01-03T02:00:00Z', '2025-01-02')];
    expect(decide({ finding: saying([]), copies: earlier }).do).toBe('project');
  });

  it('is not over because the term was renewed', () => {
    expect(decide({ allocation: allocation({ revision: 3 }) }).do).toBe('project');
  });

  it('keeps what people said, and says nothing in their place', () => {
    const said = saying([copy('ops', 'appeal')]);
    expect(statusOf({ finding: said, copies: [copy('ops', 'appeal')] }).decisions).toBe(
      said.status?.decisions,
    );
    expect(isOver('Closed') && isOver('Dismissed') && !isOver('Appealed')).toBe(true);
  });
});
