import { expect, test } from 'vitest';
import type { Decision } from '../../../api/v1alpha1/index.ts';
import type { DecisionCopy } from '../../../domain/approval/fold.ts';
import { copy } from '../../../domain/testing/requests.ts';
import { delegationsFor } from './observe.ts';

const made = { metadata: { name: 'initial-1' } };

/** What the hub was asked, and what was answered. */
async function asked(decisions: readonly Decision[], copies: readonly DecisionCopy[] = []) {
  const plurals: string[] = [];
  const list = async ({ plural }: { readonly plural: string }) => {
    plurals.push(plural);
    return { items: [made], resourceVersion: '1' };
  };
  const answer = await delegationsFor({ list } as never, { status: { decisions: [...decisions] } }, copies);
  return [plurals, answer];
}

test('who stands in is asked of the hub when a decision for another is copied, and then alone', async () => {
  const own = copy(0, 'initial', 'ann');
  const forAnother = copy(1, 'technical', 'bob', 'approve', { onBehalfOf: 'cid' });
  expect(await asked([])).toEqual([[], []]);
  expect(await asked([own])).toEqual([[], []]);
  expect(await asked([own, forAnother])).toEqual([['delegations'], [made]]);
  expect(await asked([own, forAnother], [own])).toEqual([['delegations'], [made]]);
  expect(await asked([own, forAnother], [own, forAnother])).toEqual([[], []]);
  // One at the same place on another ticket is another one.
  expect(await asked([own, forAnother], [own, { ...forAnother, ticket: 'before' }])).toEqual([
    ['delegations'],
    [made],
  ]);
});
