import { expect, it } from 'vitest';
import type { ResourceRequest, StockImport } from '../../api/v1alpha1/index.ts';
import { request } from '../../domain/testing/requests.ts';
import type { Stored } from '../../kube/types.ts';
import { byDeadline, mayStillDecide, type Reviewable } from './reviews.ts';

function due(name: string, creationTimestamp: string, day?: string): Stored<ResourceRequest> {
  const it = request();
  const metadata = { ...it.metadata, name, creationTimestamp, uid: name, resourceVersion: '1' };
  return { ...it, metadata, status: day === undefined ? {} : { due: day } } as Stored<ResourceRequest>;
}

it('a work list begins with what is due first, and ends with what has no deadline', () => {
  const batch = {
    kind: 'StockImport',
    metadata: { name: 'stock-a', creationTimestamp: '2026-11-01T00:00:00Z' },
  } as Stored<StockImport>;
  const work: Reviewable[] = [
    batch,
    due('later', '2026-11-02T00:00:00Z', '2026-12-02'),
    due('same-day-younger', '2026-11-20T00:00:00Z', '2026-11-30'),
    due('same-day-older', '2026-11-19T00:00:00Z', '2026-11-30'),
    due('late', '2026-11-22T00:00:00Z', '2026-11-24'),
  ];
  expect(byDeadline(work).map(({ metadata }) => metadata.name)).toEqual([
    'late',
    'same-day-older',
    'same-day-younger',
    'later',
    'stock-a',
  ]);
});

it('who has a say already, or asks, may not decide; what is void or of another version keeps nobody from it', () => {
  const review = { generation: 1, ticket: 't2', round: 1, openStep: 'initial', uncounted: [1] };
  const said = (reviewer: string, ticket: string, onBehalfOf?: string) => ({
    step: 'initial' as const,
    ticket,
    generation: 1,
    reviewer,
    verdict: 'approve' as const,
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
  });
  const decisions = [said('ann', 't1'), said('bob', 't2', 'cid'), said('dan', 't2', 'eve')];
  const asked = { ...request(), status: { review, decisions } };
  const people = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', asked.spec.requester];
  expect(people.filter((it) => mayStillDecide(asked, it))).toEqual(['ann', 'bob', 'cid', 'fay']);
});
