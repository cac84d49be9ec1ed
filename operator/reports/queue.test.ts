import { describe, expect, it } from 'vitest';
import { RunQueue } from './queue.ts';

/** Work that ends when it is told to, and what has been started so far. */
function works() {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => ends.push(() => resolve(name)));
  };
  const finish = async () => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { started, work, finish };
}

describe('a queue of runs', () => {
  it('does one at a time, and shares what waits but not what has begun', async () => {
    const { started, work, finish } = works();
    const queue = new RunQueue();
    const first = queue.run('books', work('books 1'));
    const shared = [2, 3, 4].map((it) => queue.run('books', work(`books ${it}`)));
    const other = queue.run('audit', work('audit 1'));
    expect(started).toEqual(['books 1']);
    await finish();
    expect(started).toEqual(['books 1', 'books 2']);
    await finish();
    await finish();
    expect(await first).toBe('books 1');
    expect(await Promise.all(shared)).toEqual(['books 2', 'books 2', 'books 2']);
    expect(await other).toBe('audit 1');
  });

  it('refuses what would wait behind too many', async () => {
    const { work, finish } = works();
    const queue = new RunQueue();
    const taken = Array.from({ length: 9 }, (_, index) => queue.run(`audit ${index}`, work(`${index}`)));
    expect(() => queue.run('audit 9', work('9'))).toThrow('E_REPORT_BUSY');
    expect(() => void taken.push(queue.run('audit 8', work('shared')))).not.toThrow();
    for (const _ of taken) await finish();
    expect(await Promise.all(taken)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '8']);
  });

  it('goes on after a run that fails', async () => {
    const queue = new RunQueue();
    const failing = queue.run('a', async () => Promise.reject(new Error('no')));
    const next = queue.run('b', async () => 'b');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('b');
  });
});
