import { resourceNames } from '../../messages/books.ts';
import type { Message } from '../../messages/index.ts';
import { type Reason, reason } from '../errors.ts';
import { Amount, formatQuantity, type Resource, RESOURCES, ResourceVector, unitOf } from '../quantity.ts';
import { accountPath, type Balances, type Demand, freeOf } from '../quota/fit.ts';
import type { Candidate } from './filter.ts';

/**
 * That several pools have room enough together and none of them alone, with the pool that comes nearest and what it has
 * left. Undefined where the pools do not suffice together either: then something is short, not scattered.
 *
 * @param pools those that only their own room keeps from taking the workload
 * @param returned what is given back with it, by account
 */
export function fragmentationOf(
  pools: readonly Candidate['pool'][],
  amounts: ResourceVector,
  balances: Balances,
  returned: ReadonlyMap<string, Demand>,
): Reason | undefined {
  if (pools.length < 2) return undefined;
  const asked = RESOURCES.filter((it) => !amounts.get(it).isZero());
  const rooms = pools.map((pool) => ({ pool, room: roomOf(pool, balances, returned) }));
  const together = rooms.reduce((sum, { room }) => sum.plus(room), ResourceVector.zero);
  if (asked.some((it) => together.get(it).compare(amounts.get(it)) < 0)) return undefined;
  const [first, ...others] = rooms.map((it) => ({ ...it, tightest: tightest(it.room, amounts, asked) }));
  if (!first) return undefined;
  // Fractions of integers; the first by name of those that are equal.
  const nearest = others.reduce(
    (best, it) =>
      it.tightest.room * best.tightest.asked > best.tightest.room * it.tightest.asked ? it : best,
    first,
  );
  return reason('E_POOL_FRAGMENTED', {
    pools: pools.length,
    asked: sizeText(amounts, asked),
    together: sizeText(together, asked),
    pool: nearest.pool.name,
    largest: sizeText(nearest.room, asked),
  });
}

/** What is left of a pool; nothing of what it has overdrawn. */
function roomOf(
  { name, zone, arch }: Candidate['pool'],
  balances: Balances,
  returned: ReadonlyMap<string, Demand>,
): ResourceVector {
  const rooms = RESOURCES.map((resource) => {
    const path = accountPath({ holderKind: 'pool', holder: name, zone, arch, resource });
    const balance = balances.get(path);
    const back = returned.get(path)?.amount ?? Amount.of(unitOf(resource), 0n);
    return [resource, balance ? freeOf(balance).plus(back).value : 0n] as const;
  });
  return ResourceVector.of(Object.fromEntries(rooms)).positivePart();
}

/** Of the resources asked for the one of which the least part is there. */
function tightest(room: ResourceVector, amounts: ResourceVector, resources: readonly Resource[]) {
  return resources
    .map((it) => ({ room: room.get(it).value, asked: amounts.get(it).value }))
    .reduce((least, it) => (it.room * least.asked < least.room * it.asked ? it : least));
}

/** Amounts in one line, in both languages. */
function sizeText(amounts: ResourceVector, resources: readonly Resource[]): Message {
  const sizes = resources.map((it) => ({
    name: resourceNames[it],
    size: formatQuantity(it, amounts.get(it)),
  }));
  return {
    zh: sizes.map(({ name, size }) => `${name.zh} ${size}`).join('，'),
    en: sizes.map(({ name, size }) => `${size} ${name.en}`).join(', '),
  };
}
