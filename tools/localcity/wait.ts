import { setTimeout as delay } from 'node:timers/promises';

interface WaitOptions {
  readonly limitMs: number;
  readonly pollMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks again and again until the condition holds.
 * @returns false when the limit has passed.
 * @throws whatever the condition throws, and the signal's reason when it aborts.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions,
): Promise<boolean> {
  const deadline = performance.now() + options.limitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await delay(options.pollMs ?? 50);
  }
}
