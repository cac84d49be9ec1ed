import { expect, test } from 'vitest';
import type { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { request } from '../../domain/testing/requests.ts';
import { Reader } from '../output/reader.ts';
import { requestPage, whyPage } from './requests.ts';

const reader = new Reader('en', '2026-11-25T02:00:00Z');

test('a decision that does not count is shown as that, and passes no step', () => {
  const said = (reviewer: string, more: { readonly onBehalfOf?: string } = {}) => ({
    step: 'initial' as const,
    ticket: 'now',
    generation: 1,
    reviewer,
    verdict: 'approve' as const,
    ...more,
  });
  const asked: ResourceRequest = {
    ...request(),
    status: {
      phase: 'InReview',
      review: { generation: 1, ticket: 'now', round: 1, openStep: 'technical', uncounted: [0] },
      decisions: [said('bob', { onBehalfOf: 'ann' }), said('ann')],
    },
  };
  const lines = requestPage(asked, reader).filter((it) => it.includes('initial review'));
  expect(lines.map((it) => it.trim())).toEqual([
    'initial review  bob (for ann)  approve (void)',
    'initial review  ann  approve',
  ]);
  const why = { allocations: [], since: undefined, movers: { kind: 'nobody' } } as const;
  const passed = whyPage({ request: asked as never, ...why }, reader).find((it) =>
    it.includes('initial review'),
  );
  expect(passed).toContain('(ann)');
  expect(passed).not.toContain('bob');
});
