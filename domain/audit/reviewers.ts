import type { UsageFinding } from '../../api/v1alpha1/index.ts';
import type { AuditRecord } from './chain.ts';
import { HUB_LOG, HUB_WRITE, type HubLogState } from './hub-log.ts';

/**
 * Nobody decides on their own request: the API server refuses the accounts that a request names. It does not know who
 * is behind an account. Where the names of people say that a reviewer may be one who may not decide, an auditor is told;
 * and where a decision stands under the name of somebody who did not write it, as may be while a review rule is away.
 */

/** What is decided on: a request, opening stock, a repair, an appeal against a finding of use. */
export interface Reviewed {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
  readonly spec: {
    readonly requester: string;
    readonly applicant?: { readonly person: string; readonly account?: string | undefined } | undefined;
  };
  readonly status?:
    | {
        readonly serial?: string | undefined;
        readonly decisions?:
          | readonly {
              readonly reviewer: string;
              readonly onBehalfOf?: string | undefined;
              readonly step?: string | undefined;
            }[]
          | undefined;
      }
    | undefined;
}

/** Whom a reviewer may also be: who typed it in, who asks, or who decided already. */
export type OtherPart = 'requester' | 'applicant' | 'reviewer';

/** A decision by somebody who has the name of another part in what was decided on. */
export interface SameName {
  /** What was decided on: its serial number, or its name. */
  readonly subject: string;
  /** The step that the decision is on; empty where there are no steps. */
  readonly step: string;
  readonly reviewer: string;
  /** As the reviewer's account has it. */
  readonly name: string;
  readonly part: OtherPart;
  /** The account of that part; of an applicant without one their name. */
  readonly other: string;
}

/**
 * Decisions whose author, or whom they stood in for, has the name of somebody else who has a part in it. People of one name are not one person: it
 * is a question, not a verdict.
 * @param names people's names by account, those that are known
 */
export function sameNames(
  subjects: readonly Reviewed[],
  names: ReadonlyMap<string, string>,
): readonly SameName[] {
  return subjects.flatMap((subject) => {
    const { requester, applicant } = subject.spec;
    const known = calledOf(subject);
    const parts: { part: OtherPart; other: string; name: string | undefined }[] = [
      { part: 'requester', other: requester, name: names.get(requester) },
    ];
    if (applicant) parts.push({ part: 'applicant', other: applicant.person, name: applicant.person });
    if (applicant?.account !== undefined) {
      const { account } = applicant;
      parts.push({ part: 'applicant', other: account, name: names.get(account) });
    }
    const found: SameName[] = [];
    const told = new Set<string>();
    const deciders = (subject.status?.decisions ?? []).flatMap(({ reviewer, onBehalfOf, step = '' }) =>
      [reviewer, ...(onBehalfOf === undefined ? [] : [onBehalfOf])].map((of) => ({ of, step })),
    );
    for (const { of: reviewer, step } of deciders) {
      const name = names.get(reviewer);
      for (const { part, other, name: another } of parts) {
        const key = JSON.stringify([reviewer, part]);
        if (name === undefined || another === undefined || other === reviewer || told.has(key)) continue;
        if (plain(name) === '' || plain(name) !== plain(another)) continue;
        told.add(key);
        found.push({ subject: known, step, reviewer, name, part, other });
      }
      parts.push({ part: 'reviewer', other: reviewer, name });
    }
    return found;
  });
}

/** The appeals against a finding of use, each as what its judges decided on: who appealed asks. */
export function appealsOf({ metadata, status }: UsageFinding): readonly Reviewed[] {
  const decisions = status?.decisions ?? [];
  return decisions
    .filter(({ verdict }) => verdict === 'appeal')
    .map(({ by: requester, raised }) => ({
      metadata,
      spec: { requester },
      status: {
        decisions: decisions
          .filter((it) => it.step === 'judge' && it.raised === raised)
          .map(({ by, step }) => ({ reviewer: by, step })),
      },
    }));
}

/** How people call what was decided on: by its serial number, else by its name. */
export function calledOf({ metadata, status }: Pick<Reviewed, 'metadata' | 'status'>): string {
  const { name, namespace } = metadata;
  return status?.serial ?? (namespace === undefined ? name : `${namespace}/${name}`);
}

/** A decision in the books that, as far as the hub's audit log goes, its reviewer did not write. */
export interface Unwritten {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly step: string;
  readonly reviewer: string;
}

/** The hub's audit log comes into the chain a moment after a decision was copied. */
const LOG_DELAY_MS = 120_000;

/**
 * Decisions for which the chain has no write of their reviewer's to the status of what was decided on. Of a time when the
 * hub's log was not followed whole nothing can be said, nor of the last two minutes.
 * @param records of the chain, in its order: `decision.record`, `hub.write`, `hub.log`
 * @param now ISO 8601
 */
export function unwritten(records: readonly AuditRecord[], now: string): readonly Unwritten[] {
  const writes = new Map<string, number>();
  const decisions: (Unwritten & { readonly key: string; readonly at: number; isKnown: boolean })[] = [];
  /** Decisions that the log has not come past yet. */
  let open: typeof decisions = [];
  let isFollowed = false;
  for (const { actor, action, subject, body } of records) {
    const said = body as { readonly [name: string]: unknown };
    const word = (name: string) => String(said[name] ?? '');
    if (action === HUB_WRITE) {
      const key = `${subject} ${word('as') || actor}`;
      writes.set(key, (writes.get(key) ?? 0) + 1);
      open = open.filter(({ at }) => at >= Date.parse(word('receivedAt')));
    } else if (action === HUB_LOG) {
      const state = word('state') as HubLogState;
      isFollowed = state === 'followed' || (state === 'unreadable' && isFollowed);
      if (state !== 'followed') for (const it of open) it.isKnown = false;
    } else {
      const [name, namespace, reviewer] = [word('name'), word('namespace'), word('reviewer')];
      // The plural of each kind that is decided on is regular.
      const path = [`${word('kind').toLowerCase()}s`, namespace, name, 'status'].filter(Boolean).join('/');
      const decision = {
        uid: word('uid'),
        name,
        namespace,
        step: word('step'),
        reviewer,
        key: `${path} ${reviewer}`,
        at: Date.parse(word('recordedAt')),
        isKnown: isFollowed,
      };
      decisions.push(decision);
      open.push(decision);
    }
  }
  for (const it of open) it.isKnown &&= it.at + LOG_DELAY_MS < Date.parse(now);
  return decisions.flatMap(({ uid, name, namespace, step, reviewer, key, isKnown }) => {
    const left = writes.get(key) ?? 0;
    if (left > 0) writes.set(key, left - 1);
    return left > 0 || !isKnown ? [] : [{ uid, name, namespace, step, reviewer }];
  });
}

/** A name as it sounds: widths, spaces, dots and case are how it was typed. */
function plain(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s·•.]/g, '')
    .toLowerCase();
}
