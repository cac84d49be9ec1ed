import { type Canonical, canonicalJson, sm3 } from '../canonical.ts';

/** What an audit record says, before it has its place in the chain. */
export interface AuditRecord {
  /** Who did it: the account of the person or of the operator. */
  readonly actor: string;
  /**
   * `ledger.<step>`, `decision.record`, `decision.carry`, `serial.assign`, `request.close`, `epoch.take`, `books.restore`;
   * `hub.write` and `hub.log` from the hub’s own audit log.
   */
  readonly action: string;
  /** The uid of the object, or the account, that it is about; of `hub.write` the object's resource and name. */
  readonly subject: string;
  readonly body: Canonical;
}

/** A place in the chain, to be kept outside the database: what it covers cannot be rewritten unseen. */
export interface Checkpoint {
  readonly seq: bigint;
  readonly hash: string;
}

/** A record in its place. */
export interface ChainedRecord extends AuditRecord, Checkpoint {
  /** The link of the record before it. */
  readonly previous: string;
}

/** A record as it is stored: what it was before it was read is what the links stand for. */
export interface StoredRecord {
  readonly seq: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** JSON. */
  readonly body: string;
  readonly previous: string;
  readonly hash: string;
}

/**
 * The first record that does not hold, and why: a changed one (`hash`), a re-ordered one (`previous`), one that is
 * missing, at the end too when the head or a checkpoint knows of it (`gap`), one that the head does not know (`head`),
 * or that is not what a checkpoint says (`checkpoint`).
 */
export interface AuditFault {
  readonly seq: bigint;
  readonly fault: 'hash' | 'previous' | 'gap' | 'head' | 'checkpoint';
}

export type AuditVerdict =
  | { readonly ok: true; readonly rows: bigint; readonly head: Checkpoint }
  | ({ readonly ok: false } & AuditFault);

/** What the first record is linked to. */
export const GENESIS: Checkpoint = { seq: 0n, hash: '0'.repeat(64) };

/** The link of a record: SM3 over canonical JSON of all that it says and of the link before it. */
function link(row: { seq: string; at: string; previous: string } & AuditRecord): string {
  const { seq, at, actor, action, subject, body, previous } = row;
  return sm3(canonicalJson({ seq, at, actor, action, subject, body, previous }));
}

/** Links records to what stands last. @param at RFC 3339, the database's time */
export function chained(
  { seq, hash }: Checkpoint,
  at: string,
  records: readonly AuditRecord[],
): readonly ChainedRecord[] {
  let last = { seq, hash };
  return records.map((record) => {
    const next = last.seq + 1n;
    const it = {
      ...record,
      seq: next,
      previous: last.hash,
      hash: link({ ...record, seq: String(next), at, previous: last.hash }),
    };
    last = it;
    return it;
  });
}

/** Walks a chain record by record, oldest first, and holds it against checkpoints. */
export class ChainWalk {
  private last = GENESIS;
  private readonly checkpoints: readonly Checkpoint[];
  private readonly expected: ReadonlyMap<bigint, readonly Checkpoint[]>;

  constructor(checkpoints: readonly Checkpoint[]) {
    this.checkpoints = checkpoints;
    this.expected = Map.groupBy(checkpoints, ({ seq }) => seq);
  }

  /** The number of the last record that was walked. */
  get seq(): bigint {
    return this.last.seq;
  }

  /** @returns why this is not the next record, or the record before it is not what a checkpoint says */
  next(row: StoredRecord): AuditFault | undefined {
    const missed = this.missed();
    if (missed) return missed;
    const seq = this.last.seq + 1n;
    const fault = this.faultOf(row);
    if (fault) return { seq, fault };
    this.last = { seq, hash: row.hash };
    return undefined;
  }

  /** After the last record. @param head what the database holds for the last one */
  end(head: Checkpoint | undefined): AuditVerdict {
    const { seq, hash } = this.last;
    const missed = this.missed();
    if (missed) return { ok: false, ...missed };
    // The head or a checkpoint knows of records after the last: the first of them is missing.
    if ([...(head ? [head] : []), ...this.checkpoints].some((known) => known.seq > seq)) {
      return { ok: false, seq: seq + 1n, fault: 'gap' };
    }
    if (!head || head.seq < seq) return { ok: false, seq: (head?.seq ?? 0n) + 1n, fault: 'head' };
    if (head.hash !== hash) return { ok: false, seq, fault: 'head' };
    return { ok: true, rows: seq, head: this.last };
  }

  private faultOf(row: StoredRecord): AuditFault['fault'] | undefined {
    if (BigInt(row.seq) !== this.last.seq + 1n) return 'gap';
    if (row.previous !== this.last.hash) return 'previous';
    return row.hash === linkOfStored(row) ? undefined : 'hash';
  }

  private missed(): AuditFault | undefined {
    const { seq, hash } = this.last;
    const isMissed = this.expected.get(seq)?.some((it) => it.hash !== hash);
    return isMissed ? { seq, fault: 'checkpoint' } : undefined;
  }
}

/** The link that a stored record should have; undefined when its body is nothing that was ever hashed. */
function linkOfStored(row: StoredRecord): string | undefined {
  try {
    return link({ ...row, body: JSON.parse(row.body) as Canonical });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
