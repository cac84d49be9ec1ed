import { expect, it } from 'vitest';
import { Reader } from '../output/reader.ts';
import { dueText } from './common.ts';

const reader = new Reader('en', '2026-12-31T00:00:00Z');
const overdue = (status: 'True' | 'False', reason: string) => [
  { type: 'Overdue', status, reason, message: '', lastTransitionTime: '' },
];

it('something is overdue when its status says so, whatever the clock of whoever reads it', () => {
  const due = '2026-11-27';
  expect(dueText(due, reader)).toBe(due);
  expect(dueText(due, reader, overdue('False', 'InTime'))).toBe(due);
  expect(dueText(due, reader, overdue('True', 'PastDue'))).toBe('2026-11-27 (overdue)');
  expect(dueText(due, new Reader('zh', '2026-11-01T00:00:00Z'), overdue('True', 'PastDue'))).toBe(
    '2026-11-27 (已超期)',
  );
  expect(dueText(due, reader, overdue('True', 'Escalated'))).toBe('2026-11-27 (overdue, escalated)');
  expect(dueText(undefined, reader, overdue('True', 'PastDue'))).toBeUndefined();
});
