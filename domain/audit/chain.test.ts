import { describe, expect, it } from 'vitest';
import { Random } from '../testing/random.ts';
import {
  type Chain,
  chain,
  chainOf,
  checkpoints,
  placeOf,
  records,
  stored,
  tamperings,
} from '../testing/tampering.ts';
import { type AuditRecord, type AuditVerdict, ChainWalk, type Checkpoint, GENESIS } from './chain.ts';

const TAMPERINGS = 10_000;

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
  it(`is found ${TAMPERINGS} times of ${TAMPERINGS}, at the first record that it touched`, () => {
    const missed: string[] = [];
    let count = 0;
    for (const { first, ...tampered } of tamperings(new Random(20_261_127))) {
      const verdict = verdictOf(tampered);
      if (verdict.ok || verdict.seq !== BigInt(first))
        missed.push(
          `${count}: ${first}, found ${verdict.ok ? 'nothing' : `${verdict.seq} ${verdict.fault}`}`,
        );
      count += 1;
      if (count === TAMPERINGS) break;
    }
    expect(missed).toEqual([]);
  }, 300_000);

  it('by somebody who computes all anew is not found without a checkpoint', () => {
    const forged = stored(GENESIS, records.with(250, { ...(records[250] as AuditRecord), actor: 'nobody' }));
    expect(verdictOf(chainOf(forged), [])).toMatchObject({ ok: true });
    expect(verdictOf(chainOf(forged))).toEqual({ ok: false, seq: 300n, fault: 'checkpoint' });
  });
});
