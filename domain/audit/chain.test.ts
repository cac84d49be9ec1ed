import { describe, expect, it } from 'vitest';
import { canonicalJson, type Canonical } from '../canonical.ts';
import { Random } from '../testing/random.ts';
import {
  type AuditRecord,
  type AuditVerdict,
  chained,
  ChainWalk,
  type Checkpoint,
  GENESIS,
  type StoredRecord,
} from './chain.ts';

const ROWS = 500;
const MUTATIONS = 10_000;
const AT = '2026-11-27T08:00:00.000Z';

const records: readonly AuditRecord[] = Array.from({ length: ROWS }, (_, index) => ({
  actor: index % 3 === 0 ? 'initial-reviewer' : 'govcloud-operator',
  action: index % 3 === 0 ? 'decision.record' : 'ledger.hold',
  subject: `uid-${index % 40}`,
  body: { attempt: index, amounts: ['4000', '8589934592'], note: '通过' },
}));

/** A chain as it stands in the database. */
interface Chain {
  readonly rows: readonly StoredRecord[];
  readonly head: Checkpoint | undefined;
}

function stored(after: Checkpoint, from: readonly AuditRecord[]): StoredRecord[] {
  return chained(after, AT, from).map((it) => ({
    ...it,
    seq: String(it.seq),
    at: AT,
    body: canonicalJson(it.body),
  }));
}

function placeOf(row: StoredRecord | undefined): Checkpoint {
  return row ? { seq: BigInt(row.seq), hash: row.hash } : GENESIS;
}

function chainOf(rows: readonly StoredRecord[]): Chain {
  return { rows, head: placeOf(rows.at(-1)) };
}

const chain = chainOf(stored(GENESIS, records));

/** Kept outside, as an auditor keeps them: every hundredth, the last one among them. */
const checkpoints = chain.rows.filter((_, index) => (index + 1) % 100 === 0).map(placeOf);

function verdictOf({ rows, head }: Chain, against: readonly Checkpoint[] = checkpoints): AuditVerdict {
  const walk = new ChainWalk(against);
  for (const row of rows) {
    const fault = walk.next(row);
    if (fault) return { ok: false, ...fault };
  }
  return walk.end(head);
}

describe('a chain', () => {
  it('holds as it was written, and one that has just begun', () => {
    expect(verdictOf(chain)).toMatchObject({ ok: true, rows: 500n, head: checkpoints.at(-1) });
    expect(verdictOf({ rows: [], head: GENESIS }, [])).toMatchObject({ ok: true, rows: 0n });
    expect(verdictOf(chain, [GENESIS])).toMatchObject({ ok: true });
    expect(verdictOf(chain, [{ ...GENESIS, hash: '1'.repeat(64) }])).toEqual({
      ok: false,
      seq: 0n,
      fault: 'checkpoint',
    });
  });

  it('of which the head is gone or knows less does not hold', () => {
    expect(verdictOf({ ...chain, head: undefined })).toEqual({ ok: false, seq: 1n, fault: 'head' });
    const older = placeOf(chain.rows[399]);
    expect(verdictOf({ ...chain, head: older })).toEqual({ ok: false, seq: 401n, fault: 'head' });
    const other = { seq: 500n, hash: '2'.repeat(64) };
    expect(verdictOf({ ...chain, head: other })).toEqual({ ok: false, seq: 500n, fault: 'head' });
  });
});

describe('tampering', () => {
  const random = new Random(20_261_127);
  const below = (count: number) => random.below(count);

  /** What was done to the chain, and the number of the record that must be named for it. */
  interface Tampering extends Chain {
    readonly first: number;
  }

  const FIELDS = ['at', 'actor', 'action', 'subject', 'body', 'previous', 'hash', 'seq'] as const;

  function altered(row: StoredRecord): StoredRecord {
    const field = FIELDS[below(FIELDS.length)] as (typeof FIELDS)[number];
    const digit = (text: string, at: number) =>
      text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    switch (field) {
      case 'at':
        return { ...row, at: new Date(Date.parse(row.at) + 1 + below(1_000_000)).toISOString() };
      case 'body': {
        const body = JSON.parse(row.body) as { [key: string]: Canonical };
        const bodies = [
          { ...body, attempt: ROWS + below(1_000) },
          { ...body, more: below(9) },
          {},
          null,
          { f: 0.5 },
        ];
        return { ...row, body: JSON.stringify(bodies[below(bodies.length)]) };
      }
      case 'previous':
      case 'hash':
        return { ...row, [field]: digit(row[field], below(64)) };
      case 'seq':
        return { ...row, seq: String(Number(row.seq) + 1 + below(1_000)) };
      default:
        return { ...row, [field]: `${row[field]}${below(9)}` };
    }
  }

  const KINDS: readonly (() => Tampering)[] = [
    // A record is altered and all else left as it is.
    () => {
      const at = below(ROWS);
      return { ...chain, rows: chain.rows.with(at, altered(chain.rows[at] as StoredRecord)), first: at + 1 };
    },
    // Some are dropped.
    () => {
      const at = below(ROWS);
      return { ...chain, rows: chain.rows.toSpliced(at, 1 + below(5)), first: at + 1 };
    },
    // Two change places, with their numbers or without.
    () => {
      const one = below(ROWS - 1);
      const other = one + 1 + below(ROWS - one - 1);
      const [a, b] = [chain.rows[one], chain.rows[other]] as [StoredRecord, StoredRecord];
      const isRenumbered = below(2) === 0;
      const rows = chain.rows
        .with(one, isRenumbered ? { ...b, seq: a.seq } : b)
        .with(other, isRenumbered ? { ...a, seq: b.seq } : a);
      return { ...chain, rows, first: one + 1 };
    },
    // One is there twice.
    () => {
      const at = below(ROWS);
      return { ...chain, rows: chain.rows.toSpliced(at, 0, chain.rows[at] as StoredRecord), first: at + 2 };
    },
    // The end is cut off, and the head set back to match.
    () => {
      const left = below(ROWS);
      return { ...chainOf(chain.rows.slice(0, left)), first: left + 1 };
    },
    // By somebody who computes the whole rest anew: a record altered, dropped or added.
    () => {
      const at = below(ROWS);
      const before = chain.rows.slice(0, at);
      const rest = records.slice(at);
      const [one] = rest as [AuditRecord];
      const forged = { ...one, actor: `${one.actor}${below(9)}` };
      const others = [[forged, ...rest.slice(1)], rest.slice(1), [forged, ...rest]][
        below(3)
      ] as AuditRecord[];
      const rows = [...before, ...stored(placeOf(before.at(-1)), others)];
      const next = checkpoints.find(({ seq }) => seq > BigInt(at)) as Checkpoint;
      // Cut short at a checkpoint, the chain lacks the record that the checkpoint knows.
      return { ...chainOf(rows), first: Number(next.seq) };
    },
  ];

  it(`is found ${MUTATIONS} times of ${MUTATIONS}, at the first record that it touched`, () => {
    const missed: string[] = [];
    for (let count = 0; count < MUTATIONS; count++) {
      const kind = count % KINDS.length;
      const { first, ...tampered } = (KINDS[kind] as () => Tampering)();
      const verdict = verdictOf(tampered);
      if (verdict.ok || verdict.seq !== BigInt(first))
        missed.push(
          `kind ${kind}: ${first}, found ${verdict.ok ? 'nothing' : `${verdict.seq} ${verdict.fault}`}`,
        );
    }
    expect(missed).toEqual([]);
  }, 300_000);

  it('by somebody who computes all anew is not found without a checkpoint', () => {
    const forged = stored(GENESIS, records.with(250, { ...(records[250] as AuditRecord), actor: 'nobody' }));
    expect(verdictOf(chainOf(forged), [])).toMatchObject({ ok: true });
    expect(verdictOf(chainOf(forged))).toEqual({ ok: false, seq: 300n, fault: 'checkpoint' });
  });
});
