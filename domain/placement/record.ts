import { formatQuantity, parseQuantity, type Resource, RESOURCES, ResourceVector } from '../quantity.ts';
import { type AccountKey, accountPath, type Balance, balancesByPath, type Demand } from '../quota/fit.ts';
import { sameJson } from '../same.ts';
import type { Candidate, Workload } from './filter.ts';
import { accountOf, placeWorkload, type PlacementInput, type PoolVerdict } from './place.ts';

interface RecordedDemand {
  readonly account: AccountKey;
  readonly amount: string;
}

interface RecordedBalance {
  readonly account: AccountKey;
  readonly hard: string;
  readonly pending: string;
  readonly posted: string;
}

/**
 * A placement as the books keep it with the hold that was taken on it: all that it was decided on, and what was said of
 * each pool. JSON; amounts are quantities as Kubernetes writes them.
 */
export interface PlacementRecord {
  readonly workload: Workload;
  readonly amounts: Partial<Record<Resource, string>>;
  /** Each pool, with what would be asked there of quotas for its architecture alone. */
  readonly candidates: readonly (Candidate & { readonly quotas: readonly RecordedDemand[] })[];
  /** Of every account that was looked at. */
  readonly balances: readonly RecordedBalance[];
  /** What the hold that this one replaces gave back on them. */
  readonly released: readonly RecordedDemand[];
  readonly verdicts: readonly PoolVerdict[];
}

/** What was decided, and on what. */
export function recordOf(input: PlacementInput, verdicts: readonly PoolVerdict[]): PlacementRecord {
  const { workload, amounts, balances, quotasAt, released } = input;
  const candidates = input.candidates
    .map((it) => ({ ...it, quotas: quotasAt(it.pool).map(recordedDemand) }))
    .sort((a, b) => (a.pool.name < b.pool.name ? -1 : 1));
  const paths = new Set(
    candidates.flatMap(({ pool, quotas }) => [
      ...RESOURCES.map((resource) => accountPath({ ...accountOf(pool), resource })),
      ...quotas.map(({ account }) => accountPath(account)),
    ]),
  );
  return {
    workload,
    amounts: amounts.toQuantities(),
    candidates,
    balances: [...paths].flatMap((path) => {
      const balance = balances.get(path);
      return balance ? [recordedBalance(balance)] : [];
    }),
    released: released.filter(({ account }) => paths.has(accountPath(account))).map(recordedDemand),
    verdicts,
  };
}

/** A pool of which a replay says something else than the record; undefined where one of the two does not know it. */
export interface Difference {
  readonly pool: string;
  readonly recorded: PoolVerdict | undefined;
  readonly replayed: PoolVerdict | undefined;
}

/**
 * Decides once more on what a record says it was decided on.
 * @throws RangeError when an amount in it is no quantity
 */
export function replayPlacement(record: PlacementRecord): readonly Difference[] {
  const quotas = new Map(
    record.candidates.map(({ pool, quotas: asked }) => [pool.name, asked.map(demandOf)]),
  );
  const { verdicts } = placeWorkload({
    workload: record.workload,
    candidates: record.candidates,
    amounts: ResourceVector.parse(record.amounts),
    balances: balancesByPath(record.balances.map(balanceOf)),
    quotasAt: ({ name }) => quotas.get(name) ?? [],
    released: record.released.map(demandOf),
  });
  const byPool = (list: readonly PoolVerdict[]) => new Map(list.map((it) => [it.pool, it]));
  const [recorded, replayed] = [byPool(record.verdicts), byPool(verdicts)];
  return [...new Set([...recorded.keys(), ...replayed.keys()])]
    .map((pool) => ({ pool, recorded: recorded.get(pool), replayed: replayed.get(pool) }))
    .filter((it) => !sameJson(it.recorded, it.replayed));
}

function recordedDemand({ account, amount }: Demand): RecordedDemand {
  return { account, amount: formatQuantity(account.resource, amount) };
}

function demandOf({ account, amount }: RecordedDemand): Demand {
  return { account, amount: parseQuantity(account.resource, amount) };
}

function recordedBalance({ account, hard, pending, posted }: Balance): RecordedBalance {
  const text = (amount: Balance['hard']) => formatQuantity(account.resource, amount);
  return { account, hard: text(hard), pending: text(pending), posted: text(posted) };
}

function balanceOf({ account, hard, pending, posted }: RecordedBalance): Balance {
  const amount = (text: string) => parseQuantity(account.resource, text);
  return { account, hard: amount(hard), pending: amount(pending), posted: amount(posted) };
}
