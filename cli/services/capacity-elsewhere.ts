import { CliError } from '../errors.ts';

/** Stands in for `capacity.ts` in the package: stacks are code, run from a checkout. */

function refused(): never {
  throw new CliError('E_CHECKOUT_NEEDED', { command: 'capacity' });
}

export const withCapacity = refused;
export const refuseCuts = refused;
