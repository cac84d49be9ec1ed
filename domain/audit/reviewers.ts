/**
 * Nobody decides on their own request: the API server refuses the accounts that a request names. It does not know who
 * is behind an account. Where the names of people say that a reviewer may be one who may not decide, an auditor is told.
 */

/** What is decided on: a request, opening stock, a repair. */
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
          | readonly { readonly reviewer: string; readonly step?: string | undefined }[]
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
 * Decisions whose author has the name of somebody else who has a part in it. People of one name are not one person: it
 * is a question, not a verdict.
 * @param names people's names by account, those that are known
 */
export function sameNames(
  subjects: readonly Reviewed[],
  names: ReadonlyMap<string, string>,
): readonly SameName[] {
  return subjects.flatMap((subject) => {
    const { requester, applicant } = subject.spec;
    const { name: id, namespace } = subject.metadata;
    const known = subject.status?.serial ?? (namespace === undefined ? id : `${namespace}/${id}`);
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
    for (const { reviewer, step = '' } of subject.status?.decisions ?? []) {
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

/** A name as it sounds: widths, spaces, dots and case are how it was typed. */
function plain(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\s·•.]/g, '')
    .toLowerCase();
}
