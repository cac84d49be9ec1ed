import { GovError, reason } from '../domain/errors.ts';

/**
 * Whether a writer may write: its epoch is the one that was taken last.
 * @throws GovError E_FENCED when another leader has taken over
 */
export function demandEpoch(own: bigint, current: bigint): void {
  if (own !== current) {
    throw new GovError(reason('E_FENCED', { epoch: String(own), current: String(current) }));
  }
}
