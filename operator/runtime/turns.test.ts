import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** A piece of work that tells when it begins, and ends when it is told to. */
function piece(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = () => {
    begun.push(name);
    return promise;
  };
  return { work, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  it('does work on one thing in its order, and work on another beside it', async () => {
    const turns = new Turns();
    const begun: string[] = [];
    const [first, second, other] = ['first', 'second', 'other'].map((name) => piece(name, begun));
    const results = [
      turns.take('a', first!.work),
      turns.take('a', second!.work),
      turns.take('b', other!.work),
    ];
    await settled();
    expect(begun).toEqual(['first', 'other']);
    first!.end();
    await settled();
    expect(begun).toEqual(['first', 'other', 'second']);
    second!.end();
    other!.end();
    expect(await Promise.all(results)).toEqual(['first', 'second', 'other']);
  });

  it('tells who asked that it failed, and goes on with the next', async () => {
    const turns = new Turns();
    const begun: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => piece(name, begun));
    const failing = turns.take('a', first!.work);
    const next = turns.take('a', second!.work);
    first!.fail();
    second!.end();
    await expect(failing).rejects.toThrow('first');
    expect(await next).toBe('second');
  });
});
