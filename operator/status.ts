import { happenings } from '../domain/events.ts';
import type { KubeObject, ResourceRef } from '../kube/types.ts';
import type { Term } from './term.ts';

/**
 * Writes what the operator says of an object, and has the Events told that this makes: what nobody wrote has not happened
 * now, so a restart tells nothing. What is told to people outside is in the books before it is written.
 * @param object as it was decided on; only that version is written
 */
export async function writeStatus<T extends KubeObject>(
  { hub, events, outbox }: Term,
  resource: ResourceRef,
  object: T,
  status: NonNullable<T['status']>,
): Promise<T> {
  const told = outbox.tell(object, status);
  if (told) await told;
  const written: T = await hub.client.replaceStatus(resource, { ...object, status });
  events.tell(object, happenings(object.status ?? {}, status));
  return written;
}
