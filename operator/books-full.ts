import { resourceOf, type Kind } from '../api/kind.ts';
import type { Condition } from '../api/v1alpha1/index.ts';
import { isFull } from '../books/reports-requests.ts';
import { settleConditions } from '../domain/conditions.ts';
import { sameJson } from '../domain/same.ts';
import type { KubeObject } from '../kube/types.ts';
import { errorMessages } from '../messages/errors.ts';
import type { Reconcile } from './runtime/controller.ts';
import type { Informer } from './runtime/informer.ts';
import { writeStatus } from './status.ts';
import type { Term } from './term.ts';

const WRITABLE = 'BooksWritable';

/** An object that says by conditions what became of it. */
interface Told extends KubeObject {
  readonly status?: { readonly conditions?: Condition[] | undefined };
}

/**
 * A reconcile of which the object says so while the disk of the books is full, by a condition that is there only for as
 * long: whoever declared or decided something cannot read the log.
 */
export function tellingWhenFull(
  term: Term,
  kind: Kind,
  informer: Pick<Informer, 'get'>,
  reconcile: Reconcile,
): Reconcile {
  const tell = async (key: string, isFullNow: boolean) => {
    const object = informer.get(key) as Told | undefined;
    if (!object) return;
    const { conditions: standing = [] } = object.status ?? {};
    const others = standing.filter(({ type }) => type !== WRITABLE);
    const full = settleConditions(
      standing,
      isFullNow
        ? [{ type: WRITABLE, status: 'False', reason: 'NoRoom', message: errorMessages.E_BOOKS_NO_ROOM }]
        : [],
      new Date(term.clock.now()).toISOString(),
      object.metadata.generation ?? 0,
    );
    const conditions = [...others, ...full];
    if (sameJson(standing, conditions)) return;
    await writeStatus(term, resourceOf(kind), object, { ...object.status, conditions });
  };
  return async (key, context) => {
    try {
      const result = await reconcile(key, context);
      await tell(key, false);
      return result;
    } catch (error) {
      if (isFull(error)) await tell(key, true);
      throw error;
    }
  };
}
