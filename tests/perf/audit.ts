import { sql } from 'kysely';
import { verifyAudit } from '../../books/audit.ts';
import type { Books } from '../../books/database.ts';
import { takeEpoch, write } from '../../books/session.ts';
import type { AuditRecord } from '../../domain/audit/chain.ts';
import { canonicalJson, digestOf, sm3 } from '../../domain/canonical.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { startPostgres } from '../../tools/localcity/postgres.ts';
import { createBooks, prepareBooks } from '../support/books.ts';
import { figureOf, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const LIVES = 14_286;
const LIVES_A_WRITE = 200;
/** Rows a second. */
const AIM = 200_000;

/**
 * Rows a second of `audit verify`, on a chain of the records that whole lives of requests leave: seven a life. Its
 * floors are SM3 alone, over the same text, and reading the same rows without looking at them.
 */
export const audit: Suite = ({ runs, scaled, say }) =>
  withScratch(async ({ dir }) => {
    const home = openHome(dir);
    try {
      say('audit: starting PostgreSQL');
      const postgres = await startPostgres(home);
      await prepareBooks(postgres);
      const test = await createBooks(postgres);
      try {
        const books = test.as('govcloud_operator');
        await fill(books, scaled(LIVES));
        const texts = await textsOf(books);
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        say(
          `audit: a chain of ${texts.length} rows, ${Math.round(bytes / texts.length)} bytes each on average`,
        );
        const rate = async (work: () => unknown) => {
          const started = performance.now();
          await work();
          return (texts.length * 1000) / (performance.now() - started);
        };
        const [hashed, read]: [Run[], Run[]] = [[], []];
        for (let run = 1; run <= runs; run++) {
          const hashing = await rate(() => texts.forEach((text) => sm3(text)));
          const reading = await rate(() => readAll(books, () => {}));
          const value = await rate(async () => {
            const verdict = await verifyAudit(books);
            if (!verdict.ok || Number(verdict.rows) !== texts.length)
              throw new Error('the chain does not hold');
          });
          say(
            `audit: run ${run} of ${runs}: ${value.toFixed(0)} rows/s, SM3 ${hashing.toFixed(0)}, read ${reading.toFixed(0)}`,
          );
          hashed.push({ value, floor: hashing });
          read.push({ value, floor: reading });
        }
        const name = `audit verify of ${texts.length} rows`;
        const aim = { of: 'figure', atLeast: AIM } as const;
        return [
          figureOf({ name, floor: 'SM3 alone, one core', unit: '/s', aim }, hashed),
          figureOf({ name, floor: 'reading the rows', unit: '/s', aim }, read),
        ];
      } finally {
        await test.close();
      }
    } finally {
      home.close();
    }
  });

async function fill(books: Books, lives: number): Promise<void> {
  const actor = 'govcloud-operator';
  const session = { books, epoch: await takeEpoch(books, actor), actor };
  for (let life = 0; life < lives; life += LIVES_A_WRITE) {
    await write(session, async ({ record }) => {
      for (let it = life; it < Math.min(lives, life + LIVES_A_WRITE); it++) recordsOf(it).forEach(record);
    });
  }
}

/** What is hashed for each row. */
async function textsOf(books: Books): Promise<string[]> {
  const texts: string[] = [];
  await readAll(books, ({ hash: _, body, ...row }) =>
    texts.push(canonicalJson({ ...row, body: JSON.parse(body) as never })),
  );
  return texts;
}

interface Row {
  readonly [column: string]: string;
  readonly body: string;
}

async function readAll(books: Books, see: (row: Row) => void): Promise<void> {
  for (let seq = '0'; ; ) {
    const { rows } = await sql<Row>`
      SELECT seq::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, actor, action, subject,
        body::text, previous, hash
      FROM books.audit WHERE seq > ${seq} ORDER BY audit.seq LIMIT 1000`.execute(books);
    rows.forEach(see);
    const last = rows.at(-1);
    if (!last) return;
    seq = last['seq'] as string;
  }
}

/** As the books write them of one request: its number, hold, three decisions, posting and closing. */
function recordsOf(life: number): readonly AuditRecord[] {
  const subject = `00000000-0000-4000-8000-${String(life).padStart(12, '0')}`;
  const operator = 'govcloud-operator';
  const now = '2026-01-01T00:00:00.000Z';
  const digest = digestOf(subject);
  const ledger = (step: 'hold' | 'post', says: object): AuditRecord => ({
    actor: operator,
    action: `ledger.${step}`,
    subject,
    body: {
      transaction: String(life),
      generation: 1,
      attempt: 1,
      digest,
      hold: String(life),
      epoch: '1',
      effectiveAt: now,
      recordedAt: now,
      // System, organisation, county, city and pool; three resources; two legs each.
      entries: [
        'system/441500-wjj/jiankang',
        'organisation/441500-wjj',
        'organisation/441523',
        'organisation/441500',
      ]
        .concat('pool/extranet-amd64')
        .flatMap((holder) =>
          ['vcpu 1000', 'memory 4294967296', 'ssd 21474836480'].map((it) => [holder, it] as const),
        )
        .flatMap(([holder, it]) =>
          ['free -', 'pending '].map(
            (leg) => `${holder}/*/*/${it.split(' ')[0]} ${leg}${it.split(' ')[1]} ${life}`,
          ),
        ),
      ...says,
    },
  });
  const decision = (position: number, step: string): AuditRecord => ({
    actor: `system:serviceaccount:govcloud-people:${step}-reviewer`,
    action: 'decision.record',
    subject,
    body: {
      decision: String(life * 3 + position),
      kind: 'ResourceRequest',
      uid: subject,
      namespace: 'gov-441500-wjj',
      name: 'req-abcdefgh',
      position,
      ticket: digest,
      generation: 1,
      step,
      reviewer: `system:serviceaccount:govcloud-people:${step}-reviewer`,
      verdict: 'approve',
      returnTo: null,
      comment: '同意',
      carriedFrom: null,
      decidedAt: now,
      recordedAt: now,
      recordedBy: operator,
    },
  });
  const serial = `ZY-2026-${String(life).padStart(6, '0')}`;
  return [
    { actor: operator, action: 'serial.assign', subject, body: { serial, recordedAt: now } },
    ledger('hold', { origin: `${subject}/1`, ticket: digest, document: digest, expiresAt: now }),
    ...['initial', 'technical', 'approval'].map((step, position) => decision(position, step)),
    ledger('post', { ticket: digest }),
    {
      actor: operator,
      action: 'request.close',
      subject,
      body: { serial, namespace: 'gov-441500-wjj', name: 'req-abcdefgh', document: digest, closedAt: now },
    },
  ];
}
