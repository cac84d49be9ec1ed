import { CliError } from '../errors.ts';

/** Stands in for `city.ts` in the package: the local city is built and run from a checkout. */

function refused(command: string) {
  return (): never => {
    throw new CliError('E_CHECKOUT_NEEDED', { command });
  };
}

export const up = refused('up');
export const down = refused('down');
export const processes = refused('status');
export const logFile = refused('logs');
export const tail = refused('logs');
export const follow = refused('logs');
