import type { PassingRecord, PassingWrite } from '../support/gate.ts';

/** A write of a life that was not met before. */
export interface LifeWrite {
  /** For people. */
  readonly told: string;
  /** What of it is met first and every life has, by names that are the same in each; nothing of what another may take up. */
  readonly sure: readonly string[];
}

/** Something that is written: what it is, whether every life has it, and what tells apart two that are the same thing. */
interface Part {
  readonly what: string;
  readonly isSure: boolean;
  readonly content: string;
}

const UID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
/** What differs between lives beside names and uids: digests, days and times, serial numbers. */
const OF_ONE_LIFE = /\b(?:[0-9a-f]{32,64}|\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?|zy-\d{4}-\d{6,9})\b/gi;
/** Records of the audit chain that tell of the operator and of the hub's log. */
const OF_NO_LIFE = /^(?:epoch|books|hub)\./;

/**
 * Whether a write belongs to a life: not those by which an operator becomes and stays the leader, tells what happened or
 * says that a member answers; nor transactions of which the audit chain has nothing to tell.
 */
export function isOfALife(write: PassingWrite): boolean {
  return write.to === 'books'
    ? recordsOf(write).length > 0
    : !/\/(?:leases|events|memberclusters)\b/.test(write.path);
}

function recordsOf({ body }: PassingWrite): readonly PassingRecord[] {
  return ((body['records'] ?? []) as readonly PassingRecord[]).filter(
    ({ action }) => !OF_NO_LIFE.test(action),
  );
}

const POST = 'COMMIT ledger.post ';

/** The writes of one life: which of those that pass are new, and which are tried again. */
export class LifeWrites {
  private readonly life: string;
  private readonly names = new Map<string, string>();
  private readonly met = new Set<string>();
  /** How many requests were posted: the same object is written again for the next. */
  private posted = 0;

  /** @param life what the names of all its requests begin with */
  constructor(life: string) {
    this.life = life;
  }

  /** A write as it is met first; undefined when it comes again. */
  meet(write: PassingWrite): LifeWrite | undefined {
    const { metadata } = write.body as { metadata?: { uid?: string; name?: string } };
    // Before anything else of an object its finalizer is written, and with it its name.
    if (metadata?.uid && metadata.name) this.names.set(metadata.uid, this.plain(metadata.name));
    const parts = write.to === 'books' ? recordsOf(write).map((it) => this.record(it)) : [this.call(write)];
    const isNew = parts.some(({ what, content }) => !this.met.has(`${what} ${content}`));
    if (!isNew) return undefined;
    const sure = parts.filter(({ what, isSure }) => isSure && !this.met.has(what)).map(({ what }) => what);
    for (const { what, content } of parts) this.met.add(what).add(`${what} ${content}`);
    this.posted += sure.filter((it) => it.startsWith(POST)).length;
    const isCommit = write.to === 'books';
    return {
      told: isCommit
        ? parts.map(({ what }) => what).join(', ')
        : `${write.to} ${write.method} ${this.plain(write.path)}`,
      sure,
    };
  }

  /** By what makes it happen at most once. */
  private record({ action, subject, body: { generation, attempt, position } }: PassingRecord): Part {
    const key = [generation, attempt, position].filter((it) => it !== undefined).join('/');
    return { what: this.plain(`COMMIT ${action} ${subject} ${key}`).trim(), isSure: true, content: '' };
  }

  private call({ to, method, path, body }: PassingWrite): Part {
    const { metadata, spec, status } = body as {
      readonly metadata?: { readonly name?: string; readonly finalizers?: readonly string[] };
      readonly spec?: unknown;
      readonly status?: {
        readonly phase?: string;
        readonly review?: { readonly round: number; readonly openStep: string };
      };
    };
    const isStatus = path.endsWith('/status');
    // People wait for each step of a request, so none of these can be passed over.
    const isOfRequest = isStatus && path.includes('/resourcerequests/');
    const { phase, review } = status ?? {};
    const detail =
      method === 'POST'
        ? metadata?.name
        : isOfRequest
          ? `${phase} ${review?.round} ${review?.openStep}`
          : method === 'PUT' && !isStatus
            ? JSON.stringify([metadata?.finalizers, spec])
            : '';
    const content = isStatus ? status : method === 'PATCH' ? body : '';
    return {
      what: this.plain(`after ${this.posted} posted: ${to} ${method} ${path} ${detail}`).trim(),
      isSure: !isStatus || isOfRequest,
      content: JSON.stringify(content, (name, value: unknown) =>
        name === 'lastTransitionTime' ? undefined : value,
      ),
    };
  }

  private plain(text: string): string {
    return text
      .replaceAll(`${this.life}-`, '')
      .replaceAll(UID, (uid) => this.names.get(uid) ?? 'uid')
      .replaceAll(OF_ONE_LIFE, '…');
  }
}
