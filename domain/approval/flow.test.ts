import { describe, expect, it } from 'vitest';
import { ResourceVector } from '../quantity.ts';
import { flow, LARGE_FLOW, SMALL_FLOW } from '../testing/city.ts';
import { chooseFlow } from './flow.ts';

const STEP: [['initial', 1]] = [['initial', 1]];
const choose = (
  amounts: Parameters<typeof ResourceVector.parse>[0],
  mlps: number,
  flows = [LARGE_FLOW, SMALL_FLOW],
) => chooseFlow(flows, ResourceVector.parse(amounts), mlps)?.metadata.name;

describe('chooseFlow', () => {
  it.each([
    ['every bound reached', { vcpu: '32', memory: '128Gi', ssd: '1Ti', hdd: '1Ti' }, 2, 'small'],
    ['a thousandth of a vCPU more', { vcpu: '32001m' }, 2, 'large'],
    ['a byte of memory more', { memory: '137438953473' }, 2, 'large'],
    ['SSD and HDD together', { ssd: '2Ti', hdd: '1' }, 2, 'large'],
    ['HDD alone', { hdd: '3Ti' }, 2, 'large'],
    ['a level more', { vcpu: '1' }, 3, 'large'],
    ['nothing at all', {}, 1, 'small'],
  ])('with %s', (_, amounts, mlps, expected) => {
    expect(choose(amounts, mlps)).toBe(expected);
  });

  it('tries the lowest order first, then the name, whatever the order of the list', () => {
    const flows = [flow('b', 5, STEP), flow('a', 5, STEP), flow('z', 1, STEP, { mlps: 1 })];
    for (const list of [flows, [...flows].reverse()]) {
      expect(choose({}, 1, list)).toBe('z');
      expect(choose({}, 2, list)).toBe('a');
    }
  });

  it('bounds only what it names', () => {
    const flows = [flow('memory', 1, STEP, { memory: '1Gi' })];
    expect(choose({ vcpu: '999999', ssd: '100Ti' }, 4, flows)).toBe('memory');
    expect(choose({ memory: '2Gi' }, 1, flows)).toBeUndefined();
  });

  it('finds none where there is none', () => {
    expect(choose({}, 1, [])).toBeUndefined();
  });
});
