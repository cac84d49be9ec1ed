import { expect, it } from 'vitest';
import { Reader } from '../output/reader.ts';
import { dueText } from './common.ts';

it('something is overdue from midnight in the city on, and not on its day', () => {
  const at = (now: string) => dueText('2026-11-27', new Reader('zh', now));
  expect(at('2026-11-27T15:59:59Z')).toBe('2026-11-27');
  expect(at('2026-11-27T16:00:00Z')).toBe('2026-11-27 (已超期)');
  expect(dueText('2026-11-26', new Reader('en', '2026-11-27T00:00:00Z'))).toBe('2026-11-26 (overdue)');
  expect(dueText(undefined, new Reader('zh', '2026-11-27T00:00:00Z'))).toBeUndefined();
});

it('what was told further up is said to be, as long as it is late', () => {
  const late = {
    type: 'Overdue',
    status: 'True' as const,
    reason: 'Escalated',
    message: '',
    lastTransitionTime: '',
  };
  const at = (now: string) => dueText('2026-11-26', new Reader('en', now), [late]);
  expect(at('2026-11-27T00:00:00Z')).toBe('2026-11-26 (overdue, escalated)');
  expect(at('2026-11-26T00:00:00Z')).toBe('2026-11-26');
});
