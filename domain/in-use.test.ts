import { expect, it } from 'vitest';
import { settleConditions } from './conditions.ts';
import { inUse, NAMED, type User } from './in-use.ts';
import { Random } from './testing/random.ts';

const REASONS = { used: 'Granted', free: 'Free' };
const LIST = 'kubectl get allocations -A';
const allocation = (name: string, namespace = 'gov-wjj'): User => ({
  kind: 'Allocation',
  metadata: { namespace, name },
});
const told = (users: Iterable<User>) => {
  const [condition] = settleConditions(
    undefined,
    [inUse(users, REASONS, LIST)],
    '2026-11-27T00:00:00.000Z',
    1,
  );
  return `${condition?.status} ${condition?.reason}: ${condition?.message}`;
};

it('is free without users', () => {
  expect(told([])).toBe('False Free: 未在使用 / not in use');
});

it('names all users that there are, of whatever kind, in the order of their names', () => {
  const request: User = { kind: 'ResourceRequest', metadata: { namespace: 'gov-wjj', name: 'a' } };
  expect(told([allocation('a'), allocation('b'), allocation('z', 'gov-edu'), request])).toBe(
    'True Granted: 仍在使用，不可删除：Allocation gov-edu/z, Allocation gov-wjj/a, ResourceRequest gov-wjj/a, Allocation gov-wjj/b' +
      ' / in use, it cannot be deleted: Allocation gov-edu/z, Allocation gov-wjj/a, ResourceRequest gov-wjj/a, Allocation gov-wjj/b',
  );
});

it('names the first of many, whatever order they come in, and how to see them all', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => String(index).padStart(4, '0'));
  const first = names.slice(0, NAMED).map((name) => `Allocation gov-wjj/${name}`);
  const random = new Random(7);
  for (let turn = 0; turn < 20; turn += 1) {
    const left = [...names];
    const users = names.map(() => allocation(left.splice(random.below(left.length), 1)[0] as string));
    expect(told(users)).toBe(
      `True Granted: 仍在使用，不可删除：${first.join(', ')} 等（全部：${LIST}）` +
        ` / in use, it cannot be deleted: ${first.join(', ')} and others (all: ${LIST})`,
    );
  }
  expect(told(names.slice(0, NAMED).map((name) => allocation(name)))).not.toContain('others');
});
