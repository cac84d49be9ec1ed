import { join } from 'node:path';
import { MemberCluster } from '../../api/v1alpha1/index.ts';
import { startPostgres } from '../../tools/localcity/postgres.ts';
import { listProcesses } from '../../tools/localcity/process.ts';
import { fillBooks } from '../support/books-full.ts';
import { conditionOf, type SmallCity } from '../support/city.ts';
import { CityGates } from '../support/city-gates.ts';
import type { Rule } from '../support/gate.ts';
import { look, unrest } from './world.ts';

const HUB = 'hub';
const MEMBER = 'extranet';

/** Something that breaks while somebody acts, and is mended before rest is waited for. */
export interface Fault {
  readonly name: string;
  /** Breaks it before the move. @returns what mends it after the move */
  before?(city: SmallCity): Promise<() => Promise<void>>;
  /** Breaks it right after the move, while the operator is at work, and mends it. */
  after?(city: SmallCity): Promise<void>;
}

const CLOCK_SHIFT = join(import.meta.dirname, '../support/clock-shift.ts');
const SLOW_MS = 200;

const isAtRest = async (city: SmallCity) => unrest(await look(city), true).length === 0;

/** An operator of another environment works until everything is at rest, and the former takes over again. */
async function replaced(
  city: SmallCity,
  env: Readonly<Record<string, string>>,
  work: () => Promise<void> = () => city.until('it is at rest', () => isAtRest(city)),
  close: () => Promise<void> = async () => {},
): Promise<() => Promise<void>> {
  await city.kill();
  await city.startOperator('operator', env);
  return async () => {
    await work();
    await city.kill();
    await close();
    await city.startOperator();
  };
}

/** The operator goes through gates that do harm; mended when everything is at rest behind them all the same. */
function gated(
  name: string,
  harm: (gates: CityGates, city: SmallCity) => (() => Promise<void>) | undefined,
  env: Readonly<Record<string, string>> = {},
): Fault {
  return {
    name,
    before: async (city) => {
      const gates = await CityGates.before(city);
      const mend = harm(gates, city);
      return replaced(
        city,
        { ...gates.env, ...env },
        async () => {
          await mend?.();
          await city.until(`it is at rest after ${name}`, () => isAtRest(city));
        },
        () => gates.close(),
      );
    },
  };
}

/** Harm at the first write that a rule stops, should there be one before everything is at rest. */
function onceAt(name: string, rule: Rule, harm: (gates: CityGates, city: SmallCity) => Promise<void>): Fault {
  return gated(name, (gates, city) => {
    let met: Promise<void> | undefined;
    let isOver = false;
    void gates.barrier.stopAt(rule).then(() => {
      met = harm(gates, city).finally(() => {
        isOver = true;
      });
      // Whoever awaits it below hears of its failure.
      met.catch(() => undefined);
    });
    return async () => {
      await city.until(`${name} is over`, async () => isOver || (!met && (await isAtRest(city))));
      await met;
    };
  });
}

const isWorkOfBooks: Rule = ({ to, path }) =>
  to === 'books' && path.includes('audit') && !path.includes('fence') ? 'before' : undefined;

async function cutBooks({ books, barrier }: CityGates): Promise<void> {
  books.cut();
  barrier.open();
}

function clockOff(name: string, hours: number): Fault {
  return {
    name,
    before: (city) =>
      replaced(city, {
        NODE_OPTIONS: `--import=${CLOCK_SHIFT}`,
        GOVCLOUD_TEST_CLOCK_SHIFT_MS: String(hours * 3_600_000),
      }),
  };
}

/** The member goes away for good at its second write, and comes back when that was noticed. */
function memberLost(name: string, method: 'PATCH' | 'DELETE'): Fault {
  let writes = 0;
  const rule: Rule = (write) => {
    if (write.to !== 'member' || write.method !== method) return undefined;
    writes += 1;
    return writes % 2 === 0 ? 'after' : undefined;
  };
  return onceAt(name, rule, async (gates, city) => {
    const restart = await city.killApiServer(MEMBER);
    gates.member.cut();
    gates.barrier.open();
    await city.seen(MemberCluster, { name: MEMBER }, (it) => conditionOf(it, 'Ready')?.status === 'False');
    await restart();
  });
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'operator-killed',
    after: async (city) => {
      await city.kill();
      await city.startOperator();
    },
  },
  {
    name: 'operator-away',
    before: async (city) => {
      await city.kill();
      return () => city.startOperator();
    },
  },
  {
    name: 'operator-frozen',
    before: async (city) => {
      const pid = listProcesses(city.home.dir).find(({ name }) => name === 'operator')?.pid;
      if (pid === undefined) throw new Error('the operator does not run');
      process.kill(pid, 'SIGSTOP');
      return async () => void process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'member-away',
    before: (city) => city.killApiServer(MEMBER),
  },
  {
    name: 'hub-killed',
    after: async (city) => (await city.killApiServer(HUB))(),
  },
  {
    name: 'books-away',
    before: async (city) => {
      await city.kill('postgres');
      return async () => void (await startPostgres(city.home, { unsafeNoFsync: true }));
    },
  },
  // Nothing is written without its record in the audit chain, which is the last row of each transaction.
  { name: 'books-full', before: (city) => fillBooks(city, 'audit') },
  gated('everything-slow', ({ barrier }) => {
    barrier.delayMs = SLOW_MS;
    return undefined;
  }),
  onceAt('cut-before-commit', isWorkOfBooks, cutBooks),
  onceAt('cut-after-commit', (write) => isWorkOfBooks(write) && 'after', cutBooks),
  memberLost('member-lost-in-apply', 'PATCH'),
  memberLost('member-lost-in-delete', 'DELETE'),
  gated('watches-replayed', ({ hub }) => {
    hub.watches = 'replayed';
    return undefined;
  }),
  gated('watches-merged', ({ hub }) => {
    hub.watches = 'merged';
    return undefined;
  }),
  gated('watches-lossy', ({ hub }) => {
    hub.watches = 'lossy';
    return async () => {
      hub.watches = 'whole';
      hub.forget();
    };
  }),
  // Nothing tells that something is missing: it is found when everything is listed anew.
  gated(
    'watches-lossy-unsaid',
    ({ hub, member }) => {
      hub.watches = 'lossy';
      member.watches = 'lossy';
      return undefined;
    },
    { GOVCLOUD_RELIST_SECONDS: '1', GOVCLOUD_RESYNC_SECONDS: '1' },
  ),
  gated('lists-old', ({ hub }, city) => async () => {
    await city.until('it is at rest before the old lists', () => isAtRest(city));
    hub.lists = 'old';
    hub.forget();
    await city.until('the old lists are told', () => hub.hasToldOld);
  }),
  clockOff('clock-an-hour-back', -1),
  clockOff('clock-a-day-ahead', 24),
];
