import { afterEach, describe, expect, it, vi } from 'vitest';
import { sleep, systemClock } from './clock.ts';
import { ManualClock } from './testing.ts';

afterEach(() => void vi.useRealTimers());

describe('systemClock', () => {
  it('waits longer than a Node timer can: a term of 90 days does not end at once', () => {
    vi.useFakeTimers();
    const day = 24 * 3600 * 1000;
    let called = 0;
    systemClock.after(90 * day, () => {
      called += 1;
    });
    vi.advanceTimersByTime(89 * day);
    expect(called).toBe(0);
    vi.advanceTimersByTime(2 * day);
    expect(called).toBe(1);
  });

  it('cancels, also after it has been armed anew', () => {
    vi.useFakeTimers();
    const day = 24 * 3600 * 1000;
    const cancel = systemClock.after(60 * day, () => {
      throw new Error('called');
    });
    vi.advanceTimersByTime(50 * day);
    cancel();
    vi.advanceTimersByTime(50 * day);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('sleep', () => {
  it('ends at its time', async () => {
    const clock = new ManualClock();
    const slept = sleep(clock, 100);
    clock.advance(100);
    await slept;
  });

  it('ends early when the signal aborts, and leaves no timer', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const slept = sleep(clock, 100, stop.signal);
    expect(clock.pending).toBe(1);
    stop.abort();
    await slept;
    expect(clock.pending).toBe(0);
    await sleep(clock, 100, stop.signal);
    expect(clock.pending).toBe(0);
  });
});
