import { type Candidate, candidateOf, type Workload, workloadItem } from '../../domain/placement/filter.ts';
import { accountOf, placeWorkload } from '../../domain/placement/place.ts';
import { RESOURCES, ResourceVector } from '../../domain/quantity.ts';
import { demandsOn } from '../../domain/quota/accounts.ts';
import { accountPath, type Balance, balancesByPath } from '../../domain/quota/fit.ts';
import { balances, cluster, machineItem, pool } from '../../domain/testing/city.ts';
import { Random } from '../../domain/testing/random.ts';
import { figureOf, type Run } from './figures.ts';
import type { Suite } from './suite.ts';

const REQUESTS = 10_000;
const CLUSTERS = 20;
const SEED = 42;
/** Of a thousand requests. */
const AIM_MS = 200;

/** What each pool has: enough for its share of the requests. */
const ROOM = { vcpu: '6000', memory: '24Ti', ssd: '120Ti', hdd: '1Ti' };

interface Asked {
  readonly workload: Workload;
  readonly amounts: ResourceVector;
}

/**
 * What would become of many requests, placed one after another by the rule of the quote, each on what those before it
 * have left: clusters with a pool each, in two zones and of two architectures. Its floor is the same rule for the same
 * requests in bare arithmetic on lists, without reasons, accounts or units; both must choose the same pools.
 */
export const placement: Suite = async ({ runs, scaled, say }) => {
  const random = new Random(SEED);
  const candidates = Array.from({ length: CLUSTERS }, (_, index): Candidate => {
    const zone = index % 2 === 0 ? 'extranet' : 'internet';
    const member = cluster(`member-${index}`, zone);
    const name = `pool-${String(index).padStart(2, '0')}`;
    const arch = index % 5 < 3 ? 'amd64' : 'arm64';
    return candidateOf(pool(name, { zone, arch, cluster: member.metadata.name }), member);
  });
  const items = [workloadItem(machineItem(), {}, ResourceVector.zero)];
  const requests = Array.from({ length: scaled(REQUESTS) }, (): Asked => {
    const vcpu = random.one([1, 2, 4, 8, 16]);
    const arch = random.one(['amd64', 'arm64', undefined] as const);
    const disk = BigInt(random.one([20, 50, 100, 200, 500]));
    return {
      workload: { zone: random.one(['extranet', 'internet']), mlps: 3, items, ...(arch && { arch }) },
      amounts: ResourceVector.of({
        vcpu: BigInt(vcpu) * 1000n,
        memory: BigInt(vcpu * 4) << 30n,
        ssd: disk << 30n,
      }),
    };
  });

  // The first time is for the compiler.
  choices(requests, candidates);
  const measured: Run[] = [];
  for (let run = 1; run <= runs; run++) {
    const [bare, floor] = timed(() => bareChoices(requests, candidates), requests.length);
    const [chosen, value] = timed(() => choices(requests, candidates), requests.length);
    const other = chosen.findIndex((name, index) => name !== bare[index]);
    if (other >= 0) {
      throw new Error(`request ${other} goes to ${chosen[other]}, by the bare rule to ${bare[other]}`);
    }
    const placed = chosen.filter((name) => name !== undefined).length;
    say(
      `placement: run ${run} of ${runs}: ${value.toFixed(1)} ms a thousand, bare ${floor.toFixed(1)} ms, ${placed} placed`,
    );
    measured.push({ value, floor });
  }
  const name = `what-if of ${requests.length} on ${CLUSTERS} clusters, a thousand`;
  const aim = { of: 'figure', atMost: AIM_MS } as const;
  return [figureOf({ name, floor: 'the rule in bare integers', unit: 'ms', aim }, measured)];
};

/** @returns what was computed, and how many ms a thousand took */
function timed<T>(compute: () => T, count: number): [T, number] {
  const started = performance.now();
  const result = compute();
  return [result, ((performance.now() - started) * 1000) / count];
}

function choices(requests: readonly Asked[], candidates: readonly Candidate[]): (string | undefined)[] {
  const figures = new Map<string, Balance>(
    balancesByPath(candidates.flatMap((it) => balances(accountOf(it.pool), ROOM))),
  );
  return requests.map(({ workload, amounts }) => {
    const { chosen } = placeWorkload({
      workload,
      candidates,
      amounts,
      balances: figures,
      quotasAt: () => [],
      released: [],
    });
    if (!chosen) return undefined;
    for (const { account, amount } of demandsOn(accountOf(chosen.pool), amounts)) {
      const path = accountPath(account);
      const balance = figures.get(path) as Balance;
      figures.set(path, { ...balance, pending: balance.pending.plus(amount) });
    }
    return chosen.pool.name;
  });
}

function bareChoices(requests: readonly Asked[], candidates: readonly Candidate[]): (string | undefined)[] {
  const hard = RESOURCES.map((resource) => ResourceVector.parse(ROOM).get(resource).value);
  const pools = candidates.map(({ pool }) => ({ ...pool, free: [...hard] }));
  return requests.map(({ workload, amounts }) => {
    const asked = RESOURCES.map((resource) => amounts.get(resource).value);
    let best: { pool: (typeof pools)[number]; free: bigint; hard: bigint } | undefined;
    for (const pool of pools) {
      if (pool.zone !== workload.zone || (workload.arch ?? pool.arch) !== pool.arch) continue;
      let share = { free: 1n, hard: 1n };
      let fits = true;
      for (let index = 0; index < asked.length; index++) {
        const free = (pool.free[index] as bigint) - (asked[index] as bigint);
        const whole = hard[index] as bigint;
        if (free < 0n) fits = false;
        if (free * share.hard < share.free * whole) share = { free, hard: whole };
      }
      if (fits && (!best || share.free * best.hard > best.free * share.hard)) best = { pool, ...share };
    }
    if (!best) return undefined;
    const { free } = best.pool;
    asked.forEach((amount, index) => {
      free[index] = (free[index] as bigint) - amount;
    });
    return best.pool.name;
  });
}
