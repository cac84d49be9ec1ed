import { startPostgres } from '../../tools/localcity/postgres.ts';
import { listProcesses } from '../../tools/localcity/process.ts';
import type { SmallCity } from '../support/city.ts';

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
];
