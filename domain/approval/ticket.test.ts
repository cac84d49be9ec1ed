import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteRequest } from '../request/quote.ts';
import { copy, NOW, quotePicture, request } from '../testing/requests.ts';
import { SEEDED } from '../testing/seed.ts';
import type { DecisionCopy } from './fold.ts';
import { type HeldDocument, standingOf, ticketOf } from './ticket.ts';

const DOCUMENT = (() => {
  const result = quoteRequest(
    quotePicture({ request: request({ lines: [...request().spec.lines] }), flows: threeSteps() }),
  );
  if (!result.ok) throw new Error('the sample is refused');
  const { uid = '', namespace = '', name } = request().metadata;
  return {
    request: { uid, namespace, name, serial: 'ZY-2026-000001' },
    generation: 1,
    spec: request().spec,
    quote: result.quote,
    round: 1,
  } satisfies HeldDocument;
})();

function threeSteps() {
  return quotePicture().flows.filter(({ metadata }) => metadata.name === 'large');
}

const on = (ticket: string, ...copies: readonly DecisionCopy[]) => copies.map((it) => ({ ...it, ticket }));
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((round) => ticketOf(DOCUMENT, round)) as [
  string,
  string,
  string,
];
const standing = (...decisions: readonly DecisionCopy[]) => standingOf(DOCUMENT, decisions, NOW);

describe('ticketOf', () => {
  const { quote, spec } = DOCUMENT;
  const [line] = quote.lines as [(typeof quote.lines)[number]];
  it.each<[string, Partial<HeldDocument>]>([
    ['another request of the same name', { request: { ...DOCUMENT.request, uid: 'again' } }],
    ['another spec', { spec: { ...spec, reason: '别的' } }],
    ['another price', { quote: { ...quote, monthlyFen: quote.monthlyFen + 1 } }],
    ['another pool', { quote: { ...quote, pool: 'extranet-arm64' } }],
    ['another version of an item', { quote: { ...quote, lines: [{ ...line, itemVersion: 'new' }] } }],
    ['another price of a line', { quote: { ...quote, lines: [{ ...line, monthlyFen: 1 }] } }],
    ['another flow', { quote: { ...quote, flow: 'other' } }],
    ['another step in the flow', { quote: { ...quote, steps: quote.steps.slice(1) } }],
    [
      'another number of approvals',
      { quote: { ...quote, steps: quote.steps.map((it) => ({ ...it, approvals: 2 })) } },
    ],
  ])('is another one for %s', (_, more) => {
    expect(ticketOf({ ...DOCUMENT, ...more }, 1)).not.toBe(FIRST);
  });

  it('is another one for each round and the same for the same, however it is stored', () => {
    expect(new Set([FIRST, SECOND, THIRD]).size).toBe(3);
    expect(ticketOf(JSON.parse(JSON.stringify(DOCUMENT)) as HeldDocument, 1)).toBe(FIRST);
    expect(FIRST).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('standingOf', () => {
  const mandate = {
    uid: 'uid',
    namespace: 'gov-luhe',
    name: 'initial-1',
    from: '2026-11-24',
    until: '2026-11-24',
    madeBy: 'ann',
    reason: '出差',
  };

  it('names what is void on its ticket, and lets who made it, or for whom, decide anew', () => {
    const uncovered = copy(0, 'initial', 'bob', 'reject', { onBehalfOf: 'ann' });
    const own = copy(1, 'initial', DOCUMENT.spec.requester);
    const [elsewhere] = on(SECOND, copy(2, 'initial', 'bob', 'approve', { onBehalfOf: 'ann' }));
    expect(standing(...on(FIRST, own, uncovered), elsewhere as DecisionCopy).uncounted).toEqual([0, 1]);
    for (const anew of [
      copy(2, 'initial', 'bob', 'approve', { onBehalfOf: 'ann', mandate }),
      copy(2, 'initial', 'ann'),
    ]) {
      const it = standing(...on(FIRST, uncovered, anew));
      expect(it.uncounted).toEqual([0]);
      expect(it.review.result).toMatchObject({ outcome: 'open', step: { name: 'technical' } });
    }
    expect(standing(...on(FIRST, copy(0, 'initial', 'ann'))).uncounted).toEqual([]);
  });

  it('counts who stands in for another only by a delegation in force when the books copied it', () => {
    const opened = (more: Partial<DecisionCopy>) => {
      const decision = copy(0, 'initial', 'bob', 'approve', { onBehalfOf: 'ann', ...more });
      const { result } = standing(...on(FIRST, decision)).review;
      return result.outcome === 'open' ? result.step.name : result.outcome;
    };
    expect(opened({ mandate })).toBe('technical');
    expect(opened({})).toBe('initial');
    // Midnight in the city ends it, whatever the day elsewhere.
    expect(opened({ mandate, decidedAt: '2026-11-24T15:59:59.999Z' })).toBe('technical');
    expect(opened({ mandate, decidedAt: '2026-11-24T16:00:00.000Z' })).toBe('initial');
    expect(opened({ mandate, decidedAt: '2026-11-23T15:59:59.999Z' })).toBe('initial');
  });

  it('lets nobody stand in for who asks, nor who asks for anybody', () => {
    const { requester } = DOCUMENT.spec;
    for (const [reviewer, onBehalfOf] of [
      [requester, 'ann'],
      ['bob', requester],
    ] as const) {
      const decision = copy(0, 'initial', reviewer, 'approve', { onBehalfOf, mandate });
      expect(standing(...on(FIRST, decision)).review.counted).toEqual([]);
    }
  });

  const initial = copy(0, 'initial', 'ann');
  const technical = copy(1, 'technical', 'bob');
  const back = copy(2, 'approval', 'dan', 'return', { returnTo: 'technical' });
  const carried = (ticket: string, it: DecisionCopy) => ({ ...it, ticket, carriedFrom: '1' });

  it('starts in the round of its hold, on the first step', () => {
    expect(standing()).toMatchObject({
      round: 1,
      ticket: FIRST,
      toCarry: [],
      review: { result: { outcome: 'open' } },
    });
    expect(standingOf({ ...DOCUMENT, round: 7 }, [], NOW)).toMatchObject({
      round: 7,
      ticket: ticketOf(DOCUMENT, 7),
    });
  });

  it('opens a new ticket on a return to an earlier step, and asks to carry what was decided before that step', () => {
    const it = standing(...on(FIRST, initial, technical, back));
    expect(it).toMatchObject({ round: 2, ticket: SECOND, previousTicket: FIRST });
    expect(it.toCarry.map(({ position }) => position)).toEqual([0]);
  });

  it('stands at that step once they are carried, opened by the return', () => {
    const it = standing(...on(FIRST, initial, technical, back), carried(SECOND, initial));
    expect(it).toMatchObject({
      round: 2,
      toCarry: [],
      review: { result: { outcome: 'open', step: { name: 'technical' }, openedAt: back.decidedAt } },
    });
  });

  it('carries nothing on a return to the first step', () => {
    const toFirst = { ...back, returnTo: 'initial' as const };
    expect(standing(...on(FIRST, initial, technical, toFirst))).toMatchObject({
      round: 2,
      toCarry: [],
      review: { result: { outcome: 'open', step: { name: 'initial' }, openedAt: back.decidedAt } },
    });
  });

  it('stays on its ticket when it is returned to the requester', () => {
    const it = standing(...on(FIRST, initial, { ...back, step: 'technical', returnTo: undefined }));
    expect(it).toMatchObject({
      round: 1,
      ticket: FIRST,
      review: { result: { outcome: 'returned', to: 'requester' } },
    });
  });

  it('lets who returned it decide again on the new ticket', () => {
    const anew = [copy(3, 'technical', 'bob'), copy(4, 'approval', 'dan')];
    const it = standing(
      ...on(FIRST, initial, technical, back),
      carried(SECOND, initial),
      ...on(SECOND, ...anew),
    );
    expect(it.review.result).toEqual({ outcome: 'approved' });
  });

  it('carries what was carried on, through every further round', () => {
    const first = [...on(FIRST, initial, technical, back), carried(SECOND, initial)];
    const second = on(
      SECOND,
      copy(3, 'technical', 'bob'),
      copy(4, 'approval', 'dan', 'return', { returnTo: 'technical' }),
    );
    const it = standing(...first, ...second);
    expect(it).toMatchObject({ round: 3, ticket: THIRD, previousTicket: SECOND });
    expect(it.toCarry.map(({ position, ticket }) => [position, ticket])).toEqual([[0, SECOND]]);
    expect(standing(...first, ...second, carried(THIRD, initial))).toMatchObject({ round: 3, toCarry: [] });
  });

  it('never counts a decision on another ticket', () => {
    expect(standing(...on(SECOND, initial), ...on('somebody-else', initial)).review.counted).toEqual([]);
    const late = on(FIRST, copy(5, 'technical', 'eve'), copy(6, 'approval', 'fay'));
    const it = standing(...on(FIRST, initial, technical, back), carried(SECOND, initial), ...late);
    expect(it).toMatchObject({ round: 2, review: { result: { step: { name: 'technical' }, approvals: 0 } } });
  });

  it('counts no decision of who asked, whoever let it through', () => {
    const { requester } = DOCUMENT.spec;
    expect(standing(...on(FIRST, copy(0, 'initial', requester))).review.counted).toEqual([]);
    const applicant = { ...DOCUMENT.spec.applicant, account: 'ann' };
    const asked = { ...DOCUMENT, spec: { ...DOCUMENT.spec, applicant } };
    const own = on(ticketOf(asked, 1), initial);
    expect(standingOf(asked, own, NOW).review.result).toMatchObject({ outcome: 'open', approvals: 0 });
  });

  it.each(['reject', 'return'] as const)(
    'lets no late %s on an old ticket undo what was decided on the new one',
    (verdict) => {
      const round = [
        ...on(FIRST, initial, technical, back),
        carried(SECOND, initial),
        ...on(SECOND, copy(3, 'technical', 'bob')),
      ];
      const late = on(FIRST, copy(4, 'approval', 'eve', verdict));
      expect(standing(...round, ...late)).toEqual(standing(...round));
    },
  );

  const verdict = fc.constantFrom<DecisionCopy['verdict']>(
    'approve',
    'approve',
    'approve',
    'return',
    'reject',
  );
  const decisions = fc.array(
    fc.record({
      step: fc.constantFrom<DecisionCopy['step']>('initial', 'technical', 'approval'),
      reviewer: fc.constantFrom('ann', 'bob', 'cat', 'dan', 'eve'),
      verdict,
      returnTo: fc.constantFrom('initial' as const, 'technical' as const, undefined),
      ticket: fc.constantFrom(FIRST, FIRST, SECOND, THIRD, 'other'),
    }),
    { maxLength: 16 },
  );

  it('ends for any history, says the same in any order, and judges by its own ticket alone', () => {
    const history = decisions.chain((list) => {
      const copies = list.map((it, position) => copy(position, it.step, it.reviewer, it.verdict, it));
      return fc.tuple(fc.constant(copies), fc.shuffledSubarray(copies, { minLength: copies.length }));
    });
    fc.assert(
      fc.property(history, ([list, shuffled]) => {
        const it = standing(...list);
        expect(standing(...shuffled)).toEqual(it);
        expect(it.review.counted.every(({ ticket }) => ticket === it.ticket)).toBe(true);
        expect(it.ticket).toBe(ticketOf(DOCUMENT, it.round));
        expect(standing(...list, ...on('other', copy(99, 'initial', 'zoe', 'reject')))).toEqual(it);
      }),
      SEEDED,
    );
  });
});
