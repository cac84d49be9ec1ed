import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { type Notice, noticesOfAllocation, noticesOfRequest } from '../../domain/notification/notices.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { BooksOfTerm } from '../adapters/books.ts';

interface OutboxOptions {
  /** Names of the receivers; without any nothing is kept. */
  readonly receivers: readonly string[];
  readonly books: Pick<BooksOfTerm, 'recordNotices'>;
}

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
