import type { Logger } from 'pino';
import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import {
  type Notice,
  noticesOfAllocation,
  noticesOfDay,
  noticesOfRequest,
} from '../../domain/notification/notices.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { BooksOfTerm } from '../adapters/books.ts';
import type { Hub } from '../adapters/hub.ts';
import type { ReadOnly } from '../read-only.ts';
import { type Clock, sleep } from '../runtime/clock.ts';

interface OutboxOptions {
  /** Names of the receivers; without any nothing is kept. */
  readonly receivers: readonly string[];
  readonly books: Pick<BooksOfTerm, 'recordNotices' | 'knownNotices' | 'time'>;
  readonly hub: Pick<Hub, 'requests' | 'allocations'>;
}

/** A day begins within so long of itself. */
const DAY_LOOK_MS = 60_000;
/** Notices that are put into the outbox at a time. */
const AT_ONCE = 500;

/** Puts what is to be told into the books, for one term of leadership. */
export class Outbox {
  private readonly options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.options = options;
  }

  /**
   * Told of every status before it is written: what fails after that is written again, and told under the same key.
   * @returns undefined when there is nothing to tell, as of most
   * @throws GovError E_FENCED, and whatever keeps the books from being written: then the status is not written either
   */
  tell(object: KubeObject, status: unknown): Promise<void> | undefined {
    const { receivers, books } = this.options;
    const notices = receivers.length === 0 ? [] : noticesOf(object, status);
    return notices.length === 0 ? undefined : books.recordNotices(receivers, notices);
  }

  /** Puts in what the day alone has brought about: steps that are late, terms that end soon. */
  async lookAtDay(): Promise<void> {
    const { receivers, books, hub } = this.options;
    if (receivers.length === 0) return;
    const notices = noticesOfDay(
      hub.requests.list() as unknown as ResourceRequest[],
      hub.allocations.list() as unknown as Allocation[],
      cityDay(await books.time()),
    );
    for (let at = 0; at < notices.length; at += AT_ONCE) {
      const some = notices.slice(at, at + AT_ONCE);
      const known = await books.knownNotices(
        receivers,
        some.map(({ key }) => key),
      );
      const fresh = some.filter(({ key }) => !known.has(key));
      if (fresh.length > 0) await books.recordNotices(receivers, fresh);
    }
  }
}

/** Has the day looked at again and again, until `stop` aborts. */
export async function lookAtDays(
  outbox: Pick<Outbox, 'lookAtDay'>,
  {
    clock,
    log,
    readOnly,
  }: { readonly clock: Clock; readonly log: Logger; readonly readOnly: Pick<ReadOnly, 'why'> },
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      if (readOnly.why === undefined) await outbox.lookAtDay();
    } catch (error) {
      if (!stop.aborted) log.warn({ err: error }, 'what is late or ends soon cannot be told');
    }
    await sleep(clock, DAY_LOOK_MS, stop);
  }
}

function noticesOf(object: KubeObject, status: unknown): readonly Notice[] {
  if (object.kind === 'ResourceRequest') {
    return noticesOfRequest(
      object as unknown as ResourceRequest,
      status as NonNullable<ResourceRequest['status']>,
    );
  }
  return object.kind === 'Allocation'
    ? noticesOfAllocation(object as unknown as Allocation, status as NonNullable<Allocation['status']>)
    : [];
}
