import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { GovError, reason } from '../domain/errors.ts';
import { ReadOnly } from './read-only.ts';
import type { ReconcileContext } from './runtime/controller.ts';

const CONTEXT: ReconcileContext = {
  signal: new AbortController().signal,
  log: pino({ level: 'silent' }),
};

/** One that finds hub and books apart on some keys, on a picture that lags or does not. */
function guarded(apart: string, isCurrent: () => Promise<boolean>) {
  const told: boolean[] = [];
  const readOnly = new ReadOnly({ readOnly: (is) => void told.push(is) });
  const done: string[] = [];
  const reconcile = readOnly.guard(async (key) => {
    if (key === apart) throw new GovError(reason('E_BOOKS_AHEAD', { key }, key));
    done.push(key);
  }, isCurrent);
  return { readOnly, told, done, reconcile: (key: string) => reconcile(key, CONTEXT) };
}

describe('hub and books that are apart', () => {
  it('in what the hub has now stop everything', async () => {
    const { readOnly, told, done, reconcile } = guarded('a', async () => true);
    await reconcile('b');
    expect(await reconcile('a')).toEqual({ requeueAfterMs: 10_000 });
    expect(await reconcile('b')).toEqual({ requeueAfterMs: 10_000 });
    expect(done).toEqual(['b']);
    expect(readOnly.why).toContain('E_BOOKS_AHEAD');
    expect(told).toEqual([false, true]);
  });

  it('by what a reconcile ran into and no comparison shows are gone only when somebody approves', async () => {
    const { readOnly, told, done, reconcile } = guarded('a', async () => true);
    await reconcile('a');
    readOnly.enter('E_APART');
    expect(readOnly.leave(false)).toBe(false);
    expect(readOnly.why).toContain('E_BOOKS_AHEAD');
    await reconcile('b');
    expect(done).toEqual([]);
    expect(readOnly.leave(true)).toBe(true);
    await reconcile('b');
    expect(done).toEqual(['b']);
    expect(told).toEqual([false, true, true, false]);
    // What the comparison finds later it may also find mended.
    readOnly.enter('E_APART');
    expect(readOnly.leave(false)).toBe(true);
    expect(readOnly.why).toBeUndefined();
  });

  it('or not, while nobody knows, keep everything waiting', async () => {
    const { readOnly, done, reconcile } = guarded('a', async () => true);
    readOnly.doubt(true);
    expect(await reconcile('b')).toEqual({ requeueAfterMs: 500 });
    expect(done).toEqual([]);
    readOnly.doubt(false);
    await reconcile('b');
    expect(done).toEqual(['b']);
    expect(readOnly.why).toBeUndefined();
  });

  it('in a picture that lags are looked at again, and nothing stops', async () => {
    const { readOnly, told, done, reconcile } = guarded('a', async () => false);
    await expect(reconcile('a')).rejects.toThrow('E_BOOKS_AHEAD');
    await reconcile('b');
    expect(done).toEqual(['b']);
    expect(readOnly.why).toBeUndefined();
    expect(told).toEqual([false]);
  });

  it('prove nothing while the hub cannot be asked', async () => {
    const { readOnly, reconcile } = guarded('a', async () => {
      throw new Error('connect ECONNREFUSED');
    });
    await expect(reconcile('a')).rejects.toThrow('ECONNREFUSED');
    expect(readOnly.why).toBeUndefined();
  });
});
