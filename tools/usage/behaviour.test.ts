import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCity } from '../../stacks/city.ts';
import { stockObjects } from '../city/stock.ts';
import { BEHAVIOURS, behaviourOf, linesOf } from './behaviour.ts';
import { thingsOf } from './things.ts';

const things = thingsOf(
  stockObjects(loadCity(join(import.meta.dirname, '../../stacks/shanwei')), '2026-11-01'),
);
const DAY = 86_400;
/** Outside of what is not seen. */
const EVENING = Date.parse('2026-11-01T12:00:00Z') / 1000;

describe('how the local city uses what it has', () => {
  it('has every behaviour, and a tenant that renames its workload', () => {
    expect(new Set(things.map(({ namespace }) => behaviourOf(namespace)))).toEqual(new Set(BEHAVIOURS));
    expect(things.some(({ namespace, isTenants }) => isTenants && behaviourOf(namespace) === 'renamed')).toBe(
      true,
    );
  });

  it('is the same for the same name and time, and within what was granted', () => {
    for (const thing of things) {
      const lines = linesOf(thing, EVENING);
      expect(linesOf(thing, EVENING)).toEqual(lines);
      for (const { metric, value } of lines) {
        expect(value).toBeGreaterThanOrEqual(0);
        if (metric === 'container_memory_working_set_bytes')
          expect(value).toBeLessThanOrEqual(thing.memory ?? 0);
        if (metric === 'kubelet_volume_stats_used_bytes') expect(value).toBeLessThanOrEqual(thing.disk ?? 0);
      }
    }
  });

  it('has counters that only grow, but for those that begin anew, and no faster than the cores do', () => {
    for (const thing of things.filter(({ millicores }) => millicores)) {
      const values = Array.from({ length: 60 }, (_, day) =>
        linesOf(thing, EVENING + day * DAY).find(({ metric }) => metric.endsWith('cpu_usage_seconds_total')),
      );
      const steps = values.slice(1).map((it, day) => (it?.value ?? 0) - (values[day]?.value ?? 0));
      const fell = steps.filter((step) => step < 0).length;
      expect(fell > 0).toBe(behaviourOf(thing.namespace) === 'reset');
      expect(Math.max(...steps)).toBeLessThanOrEqual((DAY * (thing.millicores ?? 0)) / 1000);
    }
  });

  it('has users of the month that only grow until the next, and systems that tell nothing of theirs', () => {
    const system = { name: 'portal', targetUsers: 5000 };
    const users = (namespace: string, time: number) =>
      linesOf({ kind: 'namespace', namespace, name: namespace, system }, time)
        .filter(({ metric }) => metric.startsWith('govcloud_system_'))
        .map(({ value }) => value);
    const namespaces = [...new Set(things.map(({ namespace }) => namespace))];
    const telling = namespaces.filter((it) => users(it, EVENING).length > 0);
    expect(telling.length).toBeGreaterThan(namespaces.length / 2);
    expect(telling.length).toBeLessThan(namespaces.length);
    for (const namespace of telling) {
      const days = Array.from({ length: 30 }, (_, day) => users(namespace, EVENING + day * DAY));
      for (const [day, [active = 0, target]] of days.entries()) {
        expect(target).toBe(5000);
        expect(active).toBeGreaterThanOrEqual(days[day - 1]?.[0] ?? 0);
        expect(active).toBeLessThanOrEqual(5000);
      }
      // The next month, of which two hours are over.
      const [next = 0] = users(namespace, Date.parse('2026-12-01T02:00:00+08:00') / 1000);
      expect(next).toBeLessThan((days.at(-1)?.[0] ?? 0) / 10);
    }
  });
});
