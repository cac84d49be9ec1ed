import { type AuditRecord, chained, type Checkpoint, GENESIS, type StoredRecord } from '../audit/chain.ts';
import { type Canonical, canonicalJson } from '../canonical.ts';
import type { Random } from './random.ts';

const ROWS = 500;
const AT = '2026-11-27T08:00:00.000Z';

/** A chain as it stands in the database. */
export interface Chain {
  readonly rows: readonly StoredRecord[];
  readonly head: Checkpoint | undefined;
}

/** What was done to the chain, and the number of the record that must be named for it. */
export interface Tampering extends Chain {
  readonly first: number;
}

/** What the chain was made of. */
export const records: readonly AuditRecord[] = Array.from({ length: ROWS }, (_, index) => ({
  actor: index % 3 === 0 ? 'initial-reviewer' : 'govcloud-operator',
  action: index % 3 === 0 ? 'decision.record' : 'ledger.hold',
  subject: `uid-${index % 40}`,
  body: { attempt: index, amounts: ['4000', '8589934592'], note: '通过' },
}));

export function stored(after: Checkpoint, from: readonly AuditRecord[]): StoredRecord[] {
  return chained(after, AT, from).map((it) => ({
    ...it,
    seq: String(it.seq),
    at: AT,
    body: canonicalJson(it.body),
  }));
}

export function placeOf(row: StoredRecord | undefined): Checkpoint {
  return row ? { seq: BigInt(row.seq), hash: row.hash } : GENESIS;
}

export function chainOf(rows: readonly StoredRecord[]): Chain {
  return { rows, head: placeOf(rows.at(-1)) };
}

/** Five hundred records that nobody touched. */
export const chain = chainOf(stored(GENESIS, records));

/** Kept outside, as an auditor keeps them: every hundredth, the last one among them. */
export const checkpoints = chain.rows.filter((_, index) => (index + 1) % 100 === 0).map(placeOf);

const FIELDS = ['at', 'actor', 'action', 'subject', 'body', 'previous', 'hash', 'seq'] as const;

function altered(row: StoredRecord, below: (count: number) => number): StoredRecord {
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

/** What a forger may do to a chain. */
const KINDS: readonly ((below: (count: number) => number) => Tampering)[] = [
  // A record is altered and all else left as it is.
  (below) => {
    const at = below(ROWS);
    return {
      ...chain,
      rows: chain.rows.with(at, altered(chain.rows[at] as StoredRecord, below)),
      first: at + 1,
    };
  },
  // Some are dropped.
  (below) => {
    const at = below(ROWS);
    return { ...chain, rows: chain.rows.toSpliced(at, 1 + below(5)), first: at + 1 };
  },
  // Two change places, with their numbers or without.
  (below) => {
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
  (below) => {
    const at = below(ROWS);
    return { ...chain, rows: chain.rows.toSpliced(at, 0, chain.rows[at] as StoredRecord), first: at + 2 };
  },
  // The end is cut off, and the head set back to match.
  (below) => {
    const left = below(ROWS);
    return { ...chainOf(chain.rows.slice(0, left)), first: left + 1 };
  },
  // By somebody who computes the whole rest anew: a record altered, dropped or added.
  (below) => {
    const at = below(ROWS);
    const before = chain.rows.slice(0, at);
    const rest = records.slice(at);
    const [one] = rest as [AuditRecord];
    const forged = { ...one, actor: `${one.actor}${below(9)}` };
    const others = [[forged, ...rest.slice(1)], rest.slice(1), [forged, ...rest]][below(3)] as AuditRecord[];
    const rows = [...before, ...stored(placeOf(before.at(-1)), others)];
    const next = checkpoints.find(({ seq }) => seq > BigInt(at)) as Checkpoint;
    // Cut short at a checkpoint, the chain lacks the record that the checkpoint knows.
    return { ...chainOf(rows), first: Number(next.seq) };
  },
];

/** Tampers with the chain in each way there is in turn, without end. */
export function* tamperings(random: Random): Generator<Tampering, never> {
  for (;;) for (const kind of KINDS) yield kind((count) => random.below(count));
}
