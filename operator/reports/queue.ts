import { Refusal } from './refusal.ts';

interface Run {
  readonly work: () => Promise<unknown>;
  readonly result: PromiseWithResolvers<unknown>;
}

/** Runs that wait at most: more of them would be waited for longer than anybody does. */
const MAX_WAITING = 8;

/**
 * Long work, one at a time, so that it takes one connection of the books whatever is asked. Who asks for what waits
 * already shares that run; who asks for what is running gets the next one, whose answer is later than the question.
 */
export class RunQueue {
  private readonly waiting = new Map<string, Run>();
  private working = false;

  /** @throws Refusal E_REPORT_BUSY when too many wait; whatever the work throws */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    let run = this.waiting.get(key);
    if (!run) {
      if (this.waiting.size >= MAX_WAITING) throw new Refusal('E_REPORT_BUSY');
      run = { work, result: Promise.withResolvers() };
      this.waiting.set(key, run);
      if (!this.working) void this.work();
    }
    return run.result.promise as Promise<T>;
  }

  private async work(): Promise<void> {
    this.working = true;
    for (;;) {
      const [key, run] = this.waiting.entries().next().value ?? [];
      if (key === undefined || !run) break;
      this.waiting.delete(key);
      await run.work().then(run.result.resolve, run.result.reject);
    }
    this.working = false;
  }
}
