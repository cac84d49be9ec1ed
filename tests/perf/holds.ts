import pg from 'pg';
import { Ledger } from '../../books/ledger.ts';
import { takeEpoch } from '../../books/session.ts';
import type { Canonical } from '../../domain/canonical.ts';
import { Amount, type Resource, ResourceVector, unitOf } from '../../domain/quantity.ts';
import { demandsOn } from '../../domain/quota/accounts.ts';
import type { AccountKey } from '../../domain/quota/fit.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { type Postgres, startPostgres } from '../../tools/localcity/postgres.ts';
import { createBooks, prepareBooks } from '../support/books.ts';
import { figureOf, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite, SuiteOptions } from './suite.ts';

const CALLERS = 64;
const HOLDS_A_CALLER = 80;
const COMMITS_A_CALLER = 200;
const WARM_UP_A_CALLER = 4;
const AIM = { of: 'ratio', atLeast: 0.8 } as const;
const TOWNS = 16;
const COUNTIES = 4;

type Scope = Omit<AccountKey, 'resource'>;

/** What one request asks of each account; the first is the one hot city row and its pool's, the second a machine. */
const ASKS: Readonly<Record<string, ResourceVector>> = {
  'vCPU alone': ResourceVector.of({ vcpu: 1000n }),
  'vCPU, memory and disk': ResourceVector.of({ vcpu: 1000n, memory: 4n << 30n, ssd: 20n << 30n }),
};

/**
 * Holds per second by 64 callers of one ledger, as the one leading operator has it, on a tree of city, 4 counties,
 * 16 towns and 64 systems, a system a caller; every hold also falls on the one pool. Its floors are commits of one
 * row by 64 connections on the same server: each on a row of its own, and all on the same one.
 */
export const holds: Suite = (options) =>
  withScratch(async ({ dir }) => {
    const home = openHome(dir);
    try {
      options.say('holds: starting PostgreSQL');
      const postgres = await startPostgres(home);
      await prepareBooks(postgres);
      return await measure(postgres, options);
    } finally {
      home.close();
    }
  });

async function measure(postgres: Postgres, { runs, scaled, say }: SuiteOptions) {
  const measured = Object.keys(ASKS).map((name) => ({ name, own: [] as Run[], hot: [] as Run[] }));
  for (let run = 1; run <= runs; run++) {
    const own = await commitsPerSecond(postgres, (caller) => caller);
    const hot = await commitsPerSecond(postgres, () => 0);
    say(`holds: run ${run} of ${runs}: ${own.toFixed(0)} commits/s, on one row ${hot.toFixed(0)}`);
    for (const it of measured) {
      const value = await holdsPerSecond(postgres, it.name, CALLERS * scaled(HOLDS_A_CALLER));
      say(`holds: run ${run} of ${runs}: ${value.toFixed(0)} holds/s, ${it.name}`);
      it.own.push({ value, floor: own });
      it.hot.push({ value, floor: hot });
    }
  }
  await demandNoDeadlock(postgres);
  const unit = '/s';
  return measured.flatMap(({ name, own, hot }) => [
    figureOf({ name: `holds of ${name}`, floor: 'commits, a row each', unit }, own),
    figureOf({ name: `holds of ${name}`, floor: 'commits, one hot row', unit, aim: AIM }, hot),
  ]);
}

/** @throws Error when two transactions of this server ever waited for each other */
async function demandNoDeadlock(postgres: Postgres): Promise<void> {
  const client = new pg.Client(postgres);
  await client.connect();
  try {
    const { rows } = await client.query<{ deadlocks: string }>(
      'SELECT coalesce(sum(deadlocks), 0)::text AS deadlocks FROM pg_stat_database',
    );
    if (rows[0]?.deadlocks !== '0') throw new Error(`${rows[0]?.deadlocks} deadlocks`);
  } finally {
    await client.end();
  }
}

/** Commits of an update of one row, by a connection a caller. @param rowOf which row a caller updates */
async function commitsPerSecond(postgres: Postgres, rowOf: (caller: number) => number): Promise<number> {
  const clients = Array.from({ length: CALLERS }, () => new pg.Client(postgres));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const [first] = clients as [pg.Client, ...pg.Client[]];
    await first.query('DROP TABLE IF EXISTS bench');
    await first.query(
      'CREATE TABLE bench (id integer PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 50)',
    );
    await first.query(`INSERT INTO bench SELECT id, 0 FROM generate_series(0, ${CALLERS - 1}) AS id`);
    const commit = (caller: number) =>
      clients[caller]?.query({
        name: 'commit',
        text: 'UPDATE bench SET n = n + 1 WHERE id = $1',
        values: [rowOf(caller)],
      }) ?? Promise.reject(new RangeError(`no caller ${caller}`));
    await inTurns(WARM_UP_A_CALLER, commit);
    return await inTurns(COMMITS_A_CALLER, commit);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** Holds a second in a fresh database, so many in all. @param name what each asks for */
export async function holdsPerSecond(postgres: Postgres, name: string, count: number): Promise<number> {
  const asked = ASKS[name] as ResourceVector;
  const test = await createBooks(postgres);
  try {
    const books = test.as('govcloud_operator');
    const actor = 'bench';
    const ledger = new Ledger({ books, epoch: await takeEpoch(books, actor), actor });
    await ledger.limit({
      requestUid: 'limits',
      generation: 1,
      attempt: 1,
      limits: scopes().flatMap((scope) =>
        demandsOn(scope, asked).map(({ account }) => ({ account, hard: plenty(account.resource) })),
      ),
    });
    let serial = 0;
    const hold = async (caller: number) => {
      serial += 1;
      const requestUid = `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`;
      const outcome = await ledger.hold({
        requestUid,
        generation: 1,
        attempt: 1,
        ticket: 'bench',
        document: documentOf(requestUid),
        legs: scopesOf(caller).flatMap((scope) => demandsOn(scope, asked)),
        ttlSeconds: 86_400,
      });
      if (!outcome.ok) throw new Error(`a hold was refused: ${JSON.stringify(outcome.reasons)}`);
    };
    await inTurns(WARM_UP_A_CALLER, hold);
    return await inTurns(Math.ceil(count / CALLERS), hold);
  } finally {
    await test.close();
  }
}

/** Has every caller act so often, one act after the other, all callers at once. @returns acts per second */
async function inTurns(times: number, act: (caller: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let turn = 0; turn < times; turn++) await act(caller);
    }),
  );
  return (CALLERS * times * 1000) / (performance.now() - started);
}

const everywhere = { zone: '*', arch: '*' };
const CITY: Scope = { holderKind: 'organisation', holder: '441500', ...everywhere };
const POOL: Scope = { holderKind: 'pool', holder: 'extranet-amd64', zone: 'extranet', arch: 'amd64' };
const countyOf = (caller: number): Scope => ({
  holderKind: 'organisation',
  holder: `county-${caller % COUNTIES}`,
  ...everywhere,
});
const townOf = (caller: number): Scope => ({
  holderKind: 'organisation',
  holder: `town-${caller % TOWNS}`,
  ...everywhere,
});
const systemOf = (caller: number): Scope => ({
  holderKind: 'system',
  holder: `town-${caller % TOWNS}/system-${caller}`,
  ...everywhere,
});

/** Every account that a caller's hold falls on, from the system up to the city, and the pool. */
function scopesOf(caller: number): readonly Scope[] {
  return [systemOf(caller), townOf(caller), countyOf(caller), CITY, POOL];
}

function scopes(): readonly Scope[] {
  const all = Array.from({ length: CALLERS }, (_, caller) => scopesOf(caller)).flat();
  return [...new Map(all.map((it) => [it.holder, it])).values()];
}

function plenty(resource: Resource) {
  return Amount.of(unitOf(resource), Number.MAX_SAFE_INTEGER);
}

/** As large as what the operator keeps with the hold of a request of two lines. */
function documentOf(uid: string): Canonical {
  const consumes = { vcpu: '1', memory: '4Gi', ssd: '20Gi' };
  const lines = ['vm', 'db'].map((name) => ({
    name,
    item: name === 'vm' ? 'vm' : 'postgresql',
    quantity: 1,
    parameters: { vcpu: 1, memoryGiB: 4, diskGiB: 20 },
  }));
  return {
    request: { uid, namespace: 'gov-441500-wjj', name: 'req-abcdefgh', serial: 'ZY-2026-000001' },
    generation: 1,
    round: 1,
    spec: {
      requester: 'system:serviceaccount:govcloud-people:wjj-ops',
      applicant: { unit: '卫生健康局', person: '经办人', phone: '0660-0000000', reviewer: '审核人' },
      action: 'Provision',
      system: 'jiankang',
      mlps: 3,
      project: 'wjj-2021',
      zone: 'extranet',
      lines,
      until: '2099-12-31',
      reason: '全民健康信息综合管理平台扩容，用于全市电子健康档案与预约诊疗',
      submission: 1,
    },
    quote: {
      pool: 'extranet-amd64',
      cluster: 'extranet',
      zone: 'extranet',
      arch: 'amd64',
      flow: 'large',
      steps: ['initial', 'technical', 'approval'].map((name) => ({ name, approvals: 1, dueWorkingDays: 3 })),
      lines: lines.map(({ name, item }) => ({
        name,
        item,
        itemVersion: `${item}-7c9f8b6d5c`,
        quantity: 1,
        consumes,
        monthlyFen: 12_000,
      })),
      total: consumes,
      change: consumes,
      monthlyFen: 24_000,
      pools: [{ pool: 'extranet-amd64', chosen: true, reasons: [] }],
    },
  };
}
