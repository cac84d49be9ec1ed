import { afterAll, beforeAll, expect, it } from 'vitest';
import { everyWrite, type Harm, HARMS } from '../chaos/every-write.ts';
import { Random } from '../../domain/testing/random.ts';
import { SmallCity } from '../support/city.ts';

/** A sample of the whole life: by hand `npm run chaos -- --every-write` harms the operator at all of its writes. */
const SEED = 20_261_127;
const SAMPLE = 10;
/** Of the life: each is numbered, held, granted and closed. */
const REQUESTS = 6;
/** At each harm a leader ends and another is waited for. */
const LIMIT_MS = 600_000;

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

it(
  'an operator that is harmed at some writes of a life ends it as one that was not',
  async () => {
    const at = new Map<string, Harm>();
    const said: string[] = [];
    const { broken, harmed, writes } = await everyWrite(city, {
      plan: (writes) => {
        const random = new Random(SEED);
        // Two allocations are given side by side: the order of their writes is not the same in each run.
        const sorted = writes.toSorted();
        while (at.size < SAMPLE) at.set(random.one(sorted), random.one(HARMS));
        return { at };
      },
      say: (line) => said.push(line),
    });
    expect({ broken, said }).toEqual({ broken: [], said });
    expect(harmed.writes.toSorted()).toEqual([...at.keys()].toSorted());
    for (const action of ['serial.assign', 'ledger.hold', 'ledger.post', 'request.close'])
      expect(writes.filter((it) => it.startsWith(`COMMIT ${action} `))).toHaveLength(REQUESTS);
  },
  LIMIT_MS,
);
