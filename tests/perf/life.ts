import { join } from 'node:path';
import { verifyAudit } from '../../books/audit.ts';
import { type Books, connect } from '../../books/database.ts';
import { verifyBooks } from '../../books/verify.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { PerfCity } from './city.ts';
import { measureDecisions } from './decisions.ts';
import { type Figure, figureOf, type Measure, percentile } from './figures.ts';
import { type Asker, writeLargeCity } from './large-city.ts';
import { MemoryWatch } from './memory.ts';
import { People } from './people.ts';
import { measureRestart } from './restart.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';
import { apiWrites } from './api-writes.ts';

const REQUESTS = 10_000;
const ORGANIZATIONS = 60;
/** Lives one at a time, on the city at rest. */
const ALONE = 20;
/** Requests that are decided on and go no further. */
const DECIDED = 2_000;
/** Bare writes by which the servers themselves are measured. */
const BARE_WRITES = 3_000;

const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };

/**
 * The whole lives of many requests of 60 organisations: submitted, held, reviewed in two or three steps, granted, given
 * in the member, delivered, accepted; each organisation has one under way at a time, and everybody acts as themselves,
 * as soon as they may. Then the operator starts anew on what has settled, and at last more requests are decided on and
 * go no further. One run: there is no median.
 *
 * Floors: of the rate, as many bare writes by as many callers as the API servers counted; of the percentiles, a life
 * alone; of memory, the city at rest before.
 */
export const life: Suite = ({ scaled, say }) =>
  withScratch(async ({ dir }) => {
    const cityDir = join(dir, 'city');
    const askers = writeLargeCity(cityDir, ORGANIZATIONS);
    say(`life: starting a city of ${ORGANIZATIONS} organisations`);
    const city = await PerfCity.start(dir, cityDir);
    const people = new People(city);
    const books = booksOf(city);
    try {
      await people.start();
      const memory = new MemoryWatch(dir, ['operator', 'postgres']);
      const alone: number[] = [];
      for (let index = 0; index < ALONE; index++)
        alone.push((await people.wholeLife(askers[index % askers.length] as Asker)).took);
      say(`life: alone a life takes ${percentile(alone, 50).toFixed(0)} ms`);

      const atRest = memory.measure();
      const count = scaled(REQUESTS);
      const before = await writesOf(city);
      memory.start();
      const started = performance.now();
      const times = await livesOf(people, askers, count, (done) => {
        const seconds = (performance.now() - started) / 1000;
        say(`life: ${done} of ${count}, ${(done / seconds).toFixed(1)} a second`);
      });
      const rate = (count * 1000) / (performance.now() - started);
      const peak = memory.stop();
      const writesALife = ((await writesOf(city)) - before) / count;
      const bare = (await bareWritesPerSecond(city, scaled(BARE_WRITES))) / writesALife;
      await demandWhole(books);
      say(`life: ${rate.toFixed(1)} lives/s with ${writesALife.toFixed(1)} writes each`);

      const one = (measure: Measure, value: number, floor: number) => figureOf(measure, [{ value, floor }]);
      const figures: Figure[] = [
        one(
          {
            name: `${count} lives of ${ORGANIZATIONS} organisations`,
            floor: 'bare writes, as many',
            unit: '/s',
          },
          rate,
          bare,
        ),
        ...[50, 99].map((percent) =>
          one(
            { name: `a life under load, p${percent}`, floor: `alone, p${percent}`, unit: 'ms' },
            percentile(times, percent),
            percentile(alone, percent),
          ),
        ),
        ...[...peak].map(([process, mebibytes]) =>
          one(
            { name: `peak memory, ${process}`, floor: 'at rest before', unit: 'MiB' },
            mebibytes,
            atRest.get(process) ?? Number.NaN,
          ),
        ),
      ];
      figures.push(...(await measureRestart({ dir, city, books, people, asker: askers[0] as Asker, say })));
      const decided = scaled(DECIDED);
      figures.push(await measureDecisions({ dir, people, askers, count: decided, say }));
      return figures;
    } finally {
      await people.stop();
      await books.destroy();
      city.close();
    }
  });

/** Each organisation's requests one after the other, all organisations at once. @returns how long each took in ms */
async function livesOf(
  people: People,
  askers: readonly Asker[],
  count: number,
  tell: (done: number) => void,
): Promise<readonly number[]> {
  const times: number[] = [];
  let left = count;
  await Promise.all(
    askers.map(async (asker) => {
      while (left > 0) {
        left -= 1;
        times.push((await people.wholeLife(asker)).took);
        if (times.length % 500 === 0) tell(times.length);
      }
    }),
  );
  return times;
}

async function writesOf({ hub, member }: PerfCity): Promise<number> {
  const [inHub, inMember] = await Promise.all([apiWrites(hub.client), apiWrites(member.client)]);
  return inHub + inMember;
}

/** Creates of a small object by as many callers as there are organisations, half in the hub and half in the member. */
async function bareWritesPerSecond({ hub, member }: PerfCity, count: number): Promise<number> {
  let left = count;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: ORGANIZATIONS }, async (_, caller) => {
      const { client } = caller % 2 === 0 ? hub : member;
      while (left > 0) {
        left -= 1;
        const metadata = { namespace: 'default', name: `bare-${caller}-${left}` };
        const data = { text: 'x'.repeat(1000) };
        await client.create(CONFIG_MAPS, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata,
          data,
        } as KubeObject);
      }
    }),
  );
  return (count * 1000) / (performance.now() - started);
}

function booksOf({ postgres: { host, port, database } }: PerfCity): Books {
  return connect({ host, port, database, user: 'govcloud_reports', onIdleError: () => {} });
}

/** A load that left the books wrong would be worth nothing. */
async function demandWhole(books: Books): Promise<void> {
  const findings = await verifyBooks(books);
  const verdict = await verifyAudit(books);
  if (findings.length > 0 || !verdict.ok) throw new Error(`the books: ${JSON.stringify(findings)}`);
}
