import type { BooksOfTerm } from './adapters/books.ts';
import type { EventRecorder } from './adapters/events.ts';
import type { Hub } from './adapters/hub.ts';
import type { Members } from './adapters/members.ts';
import type { Outbox } from './notify/outbox.ts';
import type { Clock } from './runtime/clock.ts';

export interface OperatorSettings {
  /** Seconds of database time for which a hold lasts. */
  readonly holdSeconds: number;
  /** Seconds of database time for which a closed request stays in the hub once the books have a copy. */
  readonly closedSeconds: number;
  /** How often a request or an allocation of which nothing was heard is looked at again, with all that it has in its member, in ms. */
  readonly resyncMs: number;
  /** How often a member is asked whether it answers, in ms. */
  readonly memberProbeMs: number;
  /** How long a member may take for an answer, in ms. */
  readonly memberTimeoutMs: number;
}

/** What the controllers of one term of leadership share. */
export interface Term {
  readonly hub: Hub;
  readonly books: BooksOfTerm;
  readonly members: Members;
  readonly events: Pick<EventRecorder, 'tell'>;
  readonly outbox: Pick<Outbox, 'tell'>;
  readonly clock: Clock;
  readonly settings: OperatorSettings;
  /** Passwords of delivered services derive from it; see `derivedSecret`. */
  readonly credentialKey: Uint8Array;
  /** Has the balances shown on pools and quotas refreshed: the books have moved. */
  readonly booksMoved: () => void;
}
