import { string } from '@oclif/core/flags';
import { GovCommand, type HubFlagValues } from './base.ts';
import { hubFlags, json } from './flags.ts';
import type { CapacityOptions } from './services/capacity.ts';

/** Flags of every command on the state of capacity. */
export const stateFlags = { ...hubFlags, json, dir: string({ default: '.govcloud' }) };

/** Flags of those that need the declaration too. */
export const capacityFlags = { ...stateFlags, stack: string({}), city: string({}) };

type Values = HubFlagValues & {
  readonly dir: string;
  readonly stack?: string | undefined;
  readonly city?: string | undefined;
};

/** A command on the state of capacity: it tells its progress on stderr and stops the engine when it is interrupted. */
export abstract class CapacityCommand extends GovCommand {
  protected options({ dir, stack, city }: Values): CapacityOptions {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => stop.abort(new DOMException('interrupted', 'AbortError')));
    }
    return {
      dir,
      stack,
      city,
      now: this.reader.now,
      progress: (message, params) => process.stderr.write(`${this.reader.text(message, params)}\n`),
      signal: stop.signal,
    };
  }
}
