import { expect, test } from 'vitest';
import { near } from './near.ts';

test.each([
  ['requst', ['request', 'review', 'quota'], ['request']],
  ['vmm', ['vm', 'redis'], ['vm']],
  ['ZY-2026-000132', ['ZY-2026-000123', 'ZY-2025-000900'], ['ZY-2026-000123']],
  ['lsit', ['list', 'show'], ['list']],
  ['zzzzzz', ['list', 'show'], []],
  ['List', ['list'], ['list']],
])('%s is near %j: %j', (word, known, expected) => {
  expect(near(word, known)).toEqual(expected);
});

test('at most three, nearest first, each once', () => {
  expect(near('aaaa', ['aaab', 'aaaa', 'aabb', 'aaac', 'aaab', 'aaad'])).toEqual(['aaaa', 'aaab', 'aaac']);
});
