import { describe, expect, it } from 'vitest';
import type { ApprovalFlow } from '../../api/v1alpha1/index.ts';
import { ResourceVector } from '../quantity.ts';
import { flow, LARGE_FLOW, SMALL_FLOW } from '../testing/city.ts';
import { checkFlow, chooseFlow, type FlowFacts } from './flow.ts';

const STEP: [['initial', 1]] = [['initial', 1]];
type Amounts = Parameters<typeof ResourceVector.parse>[0];
type Rest = Partial<Omit<FlowFacts, 'total'>>;

/** The name of the flow, or why there is none. */
function choose(
  amounts: Amounts,
  rest: Rest = {},
  flows: readonly ApprovalFlow[] = [LARGE_FLOW, SMALL_FLOW],
) {
  const facts = { action: 'Provision' as const, mlps: 1, monthlyFen: 0, ...rest };
  const choice = chooseFlow(flows, { ...facts, total: ResourceVector.parse(amounts) });
  return 'flow' in choice ? choice.flow.metadata.name : choice.reason.code;
}

function when(name: string, order: number, expression: string): ApprovalFlow {
  const made = flow(name, order, STEP);
  return { ...made, spec: { ...made.spec, when: expression } };
}

const SMALL = 'vcpu <= 32 * core && memory <= 128 * GiB && ssd + hdd <= 2 * TiB && mlps <= 2';

describe.each([
  ['bounds', SMALL_FLOW],
  ['an expression', { ...SMALL_FLOW, spec: when('small', 10, SMALL).spec }],
])('chooseFlow by %s', (_, small) => {
  it.each([
    ['every bound reached', { vcpu: '32', memory: '128Gi', ssd: '1Ti', hdd: '1Ti' }, 2, 'small'],
    ['a thousandth of a vCPU more', { vcpu: '32001m' }, 2, 'large'],
    ['a byte of memory more', { memory: '137438953473' }, 2, 'large'],
    ['SSD and HDD together', { ssd: '2Ti', hdd: '1' }, 2, 'large'],
    ['HDD alone', { hdd: '3Ti' }, 2, 'large'],
    ['a level more', { vcpu: '1' }, 3, 'large'],
    ['nothing at all', {}, 1, 'small'],
  ])('with %s', (__, amounts, mlps, expected) => {
    expect(choose(amounts, { mlps }, [LARGE_FLOW, small])).toBe(expected);
  });
});

describe('chooseFlow', () => {
  it('tries the lowest order first, then the name, whatever the order of the list', () => {
    const flows = [flow('b', 5, STEP), flow('a', 5, STEP), flow('z', 1, STEP, { mlps: 1 })];
    for (const list of [flows, [...flows].reverse()]) {
      expect(choose({}, { mlps: 1 }, list)).toBe('z');
      expect(choose({}, { mlps: 2 }, list)).toBe('a');
    }
  });

  it('bounds only what it names', () => {
    const flows = [flow('memory', 1, STEP, { memory: '1Gi' })];
    expect(choose({ vcpu: '999999', ssd: '100Ti' }, { mlps: 4 }, flows)).toBe('memory');
    expect(choose({ memory: '2Gi' }, {}, flows)).toBe('E_FLOW_MISSING');
  });

  it('takes bounds that no amount can reach for wrong, and no laxer flow for them', () => {
    const flows = [flow('beyond', 1, STEP, { vcpu: '9'.repeat(16) }), LARGE_FLOW];
    expect(choose({}, {}, flows)).toBe('E_FLOW_INVALID');
    expect(flows.flatMap(checkFlow)).toMatchObject([{ params: { flow: 'beyond' } }]);
  });

  it('finds none where there is none', () => {
    expect(choose({}, {}, [])).toBe('E_FLOW_MISSING');
  });

  it('sees what is done and what it costs a month', () => {
    const flows = [
      when('back', 1, "action in ['Release', 'Renew']"),
      when('dear', 2, 'monthlyFen > 1000000'),
      flow('rest', 3, STEP),
    ];
    expect(choose({}, { action: 'Release', monthlyFen: 9_999_999 }, flows)).toBe('back');
    expect(choose({}, { monthlyFen: 1_000_001 }, flows)).toBe('dear');
    expect(choose({}, { monthlyFen: 1_000_000 }, flows)).toBe('rest');
  });

  it.each([
    ['does not parse', 'vcpu <='],
    ['names what is not there', 'vcpus <= 1'],
    ['compares what does not compare', "mlps == 'two'"],
    ['gives no answer', 'vcpu + memory'],
    ['may take for ever', "action.matches('(a+)+$')"],
    ['fails on what is asked for', '100 / (mlps - 1) > 1'],
  ])('waits for one that %s, and takes none behind it', (_, expression) => {
    const flows = [
      flow('first', 1, STEP, { mlps: 0 as 1 }),
      when('wrong', 2, expression),
      flow('lax', 3, STEP),
    ];
    expect(choose({}, {}, flows)).toBe('E_FLOW_INVALID');
    // What a flow before it is for never meets it.
    expect(choose({}, {}, [flow('before', 0, STEP), ...flows])).toBe('before');
  });
});

describe('checkFlow', () => {
  it('says in one line what is wrong with a condition, whatever is asked for', () => {
    expect(checkFlow(when('fine', 1, SMALL))).toEqual([]);
    expect(checkFlow(SMALL_FLOW)).toEqual([]);
    expect(checkFlow(LARGE_FLOW)).toEqual([]);
    const [wrong] = checkFlow(when('wrong', 1, 'vcpus <= 1'));
    expect(wrong).toMatchObject({ code: 'E_FLOW_INVALID', params: { flow: 'wrong' } });
    expect(wrong?.params['problem']).toMatch(/^[^\n]*vcpus[^\n]*$/);
  });
});
