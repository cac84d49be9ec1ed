import { describe, expect, it } from 'vitest';
import { waitOf } from './decide.ts';
import { AllocationLife } from '../testing/allocation-life.ts';

const MACHINE = 'kubevirt.io/v1/VirtualMachine/req-1-web-0';

function inUse(...given: ConstructorParameters<typeof AllocationLife>): AllocationLife {
  const it = new AllocationLife(...given);
  it.run();
  it.makeReady();
  it.handOver('accept');
  it.run();
  expect(it.status).toMatchObject({ state: 'InUse', suspendable: true });
  return it;
}

const DAY = 24 * 3_600_000;
const strategy = (it: AllocationLife) =>
  (it.live.get(MACHINE) as unknown as { spec: { runStrategy: string } }).spec.runStrategy;
const uids = (it: AllocationLife) => [...it.live.values()].map(({ metadata }) => metadata.uid);

describe('a suspension', () => {
  it('stops the machines, keeps every object and all that is posted, and says so once they have stopped', () => {
    const it = inUse();
    const before = [uids(it), it.posted.toQuantities()];
    it.suspend();
    expect(it.run()).toEqual(['apply', 'project InUse']);
    expect(strategy(it)).toBe('Halted');
    expect(it.condition('Ready')).toBe('False Suspending');
    it.makeReady();
    expect(it.run()).toEqual(['project Suspended']);
    expect(it.condition('Ready')).toBe('False Suspended');
    expect(it.condition('InSync')).toBe('True AsApproved');
    expect([uids(it), it.posted.toQuantities()]).toEqual(before);
    expect([...it.credited]).toEqual([]);
  });

  it('writes nothing on what runs on as it does: disks and Secrets', () => {
    const it = inUse();
    it.suspend();
    const written: string[] = [];
    it.run((action) => {
      if (action.do === 'apply') written.push(...action.objects.map(({ kind }) => kind));
      it.apply(action);
    });
    expect(written).toEqual(['VirtualMachine', 'VirtualMachine']);
  });

  it('tells of a machine that somebody starts by hand', () => {
    const it = inUse();
    it.suspend();
    it.run();
    const machine = it.live.get(MACHINE) as { spec?: object };
    machine.spec = { ...machine.spec, runStrategy: 'Always' };
    it.run();
    expect(it.condition('InSync')).toBe('False Drifted');
  });

  it('ends with a resumption: it runs again, accepted as it was', () => {
    const it = inUse();
    it.suspend();
    it.run();
    it.makeReady();
    it.run();
    it.resume();
    expect(it.run()).toEqual(['apply', 'project InUse']);
    expect([strategy(it), it.condition('Ready')]).toEqual(['Always', 'False ObjectsNotReady']);
    it.makeReady();
    it.run();
    expect([it.condition('Ready'), it.condition('Accepted')]).toEqual(['True ObjectsReady', 'True Accepted']);
  });

  it('ends with a release, too', () => {
    const it = inUse();
    it.suspend();
    it.run();
    it.makeReady();
    it.run();
    it.release();
    it.run();
    it.sweep();
    expect(it.run().at(-1)).toBe('credit');
    expect(it.status.state).toBe('Reclaimed');
  });

  it('of what is done by hand is a work order, and so is its end', () => {
    const it = new AllocationLife({ fulfilment: 'manual' }, { fulfilment: 'manual', templates: [] });
    it.handOver('deliver');
    it.run();
    it.handOver('accept');
    it.run();
    it.suspend();
    expect(it.run()).toEqual(['project InUse']);
    expect(it.condition('Ready')).toBe('False WorkOrderOpen');
    it.handOver('deliver');
    expect(it.run()).toEqual(['recordHandovers', 'project Suspended']);
    it.resume();
    expect(it.run()).toEqual(['project Suspended']);
    expect(it.condition('Ready')).toBe('False WorkOrderOpen');
    it.handOver('deliver');
    expect(it.run()).toEqual(['recordHandovers', 'project InUse']);
    expect(it.condition('Accepted')).toBe('True Accepted');
  });

  it('cannot be of what has no way to stop, nor of opening stock that nobody has changed', () => {
    const disk = new AllocationLife({}, { suspendedWhen: undefined });
    disk.run();
    expect(disk.status.suspendable).toBe(false);
    const stock = new AllocationLife({ adopted: true });
    stock.findStock();
    stock.run();
    expect(stock.status.suspendable).toBe(false);
  });
});

describe('the end of a term', () => {
  const POLICY = { from: '2020-01-01', noticeDays: [30, 15, 7], graceDays: 10 };
  /** In use until the twentieth day from now. */
  const ending = (...given: ConstructorParameters<typeof AllocationLife>) => {
    const it = inUse({ until: '2026-12-14', ...given[0] }, given[1]);
    it.termPolicies = [POLICY];
    return it;
  };

  it('is noticed thirty, fifteen and seven days before, once each', () => {
    const it = ending();
    const told = Array.from({ length: 21 }, () => {
      const done = it.run();
      it.now += DAY;
      return done.length > 0 ? it.condition('Expiring') : undefined;
    });
    expect(told.flatMap((it, day) => (it ? [`${day} ${it}`] : []))).toEqual([
      '0 True EndsWithin30Days',
      '5 True EndsWithin15Days',
      '13 True EndsWithin7Days',
    ]);
  });

  it('is looked at when the day of a notice begins, and on its last night', () => {
    const it = ending();
    const waits = Array.from({ length: 21 }, () => {
      it.run();
      const wait = waitOf(it.picture(), 2 * DAY);
      expect(waitOf(it.picture(), 1000)).toBe(1000);
      const at = new Date(it.now + wait).toISOString();
      it.now += DAY;
      return wait === 2 * DAY ? undefined : at.slice(10);
    });
    const midnight = 'T16:00:00.000Z';
    expect(waits.flatMap((at, day) => (at ? [`${day} ${at}`] : []))).toEqual(
      [4, 12, 20].map((day) => `${day} ${midnight}`),
    );
  });

  it('has it run on in the grace, then stop, and nothing is given back', () => {
    const it = ending();
    it.now += 21 * DAY;
    it.run();
    expect([it.status.state, strategy(it)]).toEqual(['Expired', 'Always']);
    expect(it.condition('WithinTerm')).toBe('False TermEnded');
    it.now += 9 * DAY;
    expect(it.run()).toEqual([]);
    it.now += DAY;
    expect(it.run()).toEqual(['apply', 'project Expired']);
    it.makeReady();
    expect(it.run()).toEqual(['project Suspended']);
    expect(it.condition('WithinTerm')).toBe('False GraceOver');
    it.now += 3650 * DAY;
    expect(it.run()).toEqual([]);
    expect([it.live.size, [...it.credited]]).toEqual([4, []]);
  });

  it('is over when it is renewed: it runs again by itself', () => {
    const it = ending();
    it.now += 31 * DAY;
    it.run();
    it.makeReady();
    it.run();
    expect(it.status.state).toBe('Suspended');
    it.renew('2027-12-31');
    expect(it.run()).toEqual(['apply', 'project InUse']);
    expect(strategy(it)).toBe('Always');
  });

  it('goes on to have it stand still where the policy is gone or cannot be read, until it is renewed', () => {
    const it = ending();
    it.now += 31 * DAY;
    it.run();
    it.makeReady();
    it.run();
    it.termPolicies = [];
    expect(it.run()).toEqual([]);
    expect([it.status.state, strategy(it)]).toEqual(['Suspended', 'Halted']);
    // Another policy is a decision.
    it.termPolicies = [{ ...POLICY, graceDays: 90 }];
    it.run();
    expect(strategy(it)).toBe('Always');
    it.termPolicies = [POLICY];
    it.run();
    it.termPolicies = [];
    it.renew('2027-12-31');
    it.run();
    expect(strategy(it)).toBe('Always');
  });

  it('stops nothing without a policy', () => {
    const it = ending();
    it.termPolicies = [];
    it.now += 400 * DAY;
    expect(it.run()).toEqual(['project Expired']);
    expect([it.condition('Expiring'), strategy(it)]).toEqual([undefined, 'Always']);
  });
});
