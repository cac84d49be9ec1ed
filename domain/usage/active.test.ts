import { describe, expect, test } from 'vitest';
import { activeExpressions, rollUpActiveUsers } from './active.ts';
import { DAY_STEPS, dayOf, STEP_SECONDS, Steps } from './day.ts';

const day = dayOf('2026-10-01');

/** What a gauge had at some steps. */
function steps(...values: [step: number, value: number][]): Steps {
  const all = new Steps(day);
  all.add(
    'users{}',
    values.map(([step, value]) => [day.start + step * STEP_SECONDS, value]),
  );
  return all;
}

describe('users of a day', () => {
  test('are those told last; the first moment of the next day is not of this one', () => {
    const active = steps([0, 900], [1, 3], [287, 7.6], [DAY_STEPS, 0]);
    const target = steps([0, 100], [1, 100], [287, 100], [DAY_STEPS, 50]);
    expect(rollUpActiveUsers({ active, target })).toEqual({
      samples: 3,
      users: { active: 8, target: 100 },
      faults: [],
    });
  });

  test('count at steps that tell both', () => {
    const told = rollUpActiveUsers({ active: steps([1, 3], [2, 4]), target: steps([1, 10], [3, 12]) });
    expect(told).toEqual({ samples: 1, users: { active: 3, target: 10 }, faults: [] });
    expect(rollUpActiveUsers({ active: steps(), target: steps([3, 12]) })).toEqual({
      samples: 0,
      faults: [],
    });
  });

  test('that are no number, or told by several, are dropped and named', () => {
    const active = steps([1, Number.NaN], [2, -1], [3, 5], [4, 6]);
    active.duplicate('users{}', [day.start + 4 * STEP_SECONDS, day.start - 10 * STEP_SECONDS]);
    const target = steps([1, 10], [2, 10], [3, 10], [4, 10]);
    expect(rollUpActiveUsers({ active, target })).toEqual({
      samples: 1,
      users: { active: 5, target: 10 },
      faults: [
        { code: 'invalid', series: 'users{}', steps: 2 },
        { code: 'duplicate', series: 'users{}', steps: 1 },
      ],
    });
  });
});

test('a query names its namespaces and systems, and gives one series for each however many there are', () => {
  const selector = 'govcloud_system_monthly_active_users{namespace=~"a|b",system=~"portal"}';
  expect(activeExpressions('active', ['a', 'b'], ['portal'])).toEqual({
    told: `max by (namespace, system) (${selector})`,
    several: `count by (namespace, system) (${selector}) > 1`,
  });
});
