import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { type Message, type MessageParams, render } from '../../messages/index.ts';
import { noticeTexts } from '../../messages/notifications.ts';
import { stepMessages } from '../../messages/states.ts';

export type NoticeKind = keyof typeof noticeTexts;

/** For whom a notice is: those who may decide a step, or whoever asked, by their account and as the form names them. */
export type Addressee =
  | { readonly role: 'reviewers'; readonly step: string }
  | {
      readonly role: 'requester';
      readonly account: string;
      readonly unit?: string;
      readonly person?: string;
    };

/**
 * What is told to people outside the system. It says what has happened to which object and nothing of what stands in it: no
 * reasons, comments, amounts, addresses or passwords.
 */
export interface Notice {
  /** The same happening has the same key: whoever gets it twice knows. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly to: Addressee;
  readonly subject: {
    readonly kind: 'ResourceRequest' | 'Allocation';
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly serial?: string;
    readonly system: string;
  };
  /** The step’s deadline or the term’s last day, YYYY-MM-DD, where the notice is about one. */
  readonly date?: string;
  readonly text: Message;
}

type RequestStatus = NonNullable<ResourceRequest['status']>;
type AllocationStatus = NonNullable<Allocation['status']>;

/** Days before the end of a term at which it is told. */
const EXPIRY_DAYS = [30, 15, 7] as const;
const DAY_MS = 86_400_000;

/** What a write of a request’s status makes to be told: that it waits for its first decision, or was sent back. */
export function noticesOfRequest(request: ResourceRequest, after: RequestStatus): readonly Notice[] {
  const before = request.status;
  const { generation = 0, uid = '' } = request.metadata;
  const { openStep = '', ticket = '' } = after.review ?? {};
  if (after.phase === 'InReview' && before?.review?.ticket !== ticket)
    return [ofRequest(request, after, 'Submitted', `${uid}/submitted/${ticket}`, reviewersOf(openStep))];
  if (after.phase === 'Returned' && before?.phase !== 'Returned') {
    const key = `${uid}/returned/${generation}/${ticket}`;
    return [ofRequest(request, after, 'Returned', key, requesterOf(request))];
  }
  return [];
}

/** What a write of an allocation’s status makes to be told: that it is there to be accepted. */
export function noticesOfAllocation(allocation: Allocation, after: AllocationStatus): readonly Notice[] {
  if (after.state !== 'PendingAcceptance' || allocation.status?.state === 'PendingAcceptance') return [];
  const { uid = '' } = allocation.metadata;
  return [ofAllocation(allocation, 'Delivered', `${uid}/delivered/${allocation.spec.revision}`)];
}

/**
 * What is to be told because of the day alone: steps that are late, and terms that end in 30, 15 or 7 days. Each is told
 * once, whenever it is first looked at.
 * @param today YYYY-MM-DD, in the city
 */
export function noticesOfDay(
  requests: readonly ResourceRequest[],
  allocations: readonly Allocation[],
  today: string,
): readonly Notice[] {
  const late = requests.flatMap((request) => {
    const { phase, due, review } = request.status ?? {};
    if (phase !== 'InReview' || due === undefined || due >= today || !review) return [];
    const key = `${request.metadata.uid}/late/${review.ticket}/${review.openStep}/${due}`;
    return [ofRequest(request, request.status ?? {}, 'Late', key, reviewersOf(review.openStep))];
  });
  const expiring = allocations.flatMap((allocation) => {
    const { until, released } = allocation.spec;
    const { state } = allocation.status ?? {};
    if (until === undefined || released || state === 'Reclaimed' || state === 'Expired') return [];
    const days = daysBetween(today, until);
    const mark = EXPIRY_DAYS.findLast((it) => days <= it);
    if (mark === undefined || days < 0) return [];
    const key = `${allocation.metadata.uid}/expiring/${until}/${mark}`;
    return [ofAllocation(allocation, 'Expiring', key, { until, days })];
  });
  return [...late, ...expiring];
}

function daysBetween(from: string, until: string): number {
  return Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS);
}

function reviewersOf(step: string): Addressee {
  return { role: 'reviewers', step };
}

function requesterOf({ spec: { requester, applicant } }: ResourceRequest): Addressee {
  return { role: 'requester', account: requester, unit: applicant.unit, person: applicant.person };
}

function ofRequest(
  { metadata, spec }: ResourceRequest,
  { serial, due, review }: RequestStatus,
  kind: NoticeKind,
  key: string,
  to: Addressee,
): Notice {
  const step = stepMessages[(review?.openStep ?? '') as keyof typeof stepMessages] ?? review?.openStep ?? '';
  const label = serial ?? metadata.name;
  return {
    key,
    kind,
    to,
    subject: {
      kind: 'ResourceRequest',
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid ?? '',
      ...(serial === undefined ? {} : { serial }),
      system: spec.system,
    },
    ...(kind === 'Returned' || due === undefined ? {} : { date: due }),
    text: said(kind, { unit: spec.applicant.unit, label, system: spec.system, step, due: due ?? '-' }),
  };
}

function ofAllocation(
  { metadata, spec }: Allocation,
  kind: NoticeKind,
  key: string,
  term?: { readonly until: string; readonly days: number },
): Notice {
  return {
    key,
    kind,
    to: { role: 'requester', account: spec.requester },
    subject: {
      kind: 'Allocation',
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid ?? '',
      serial: spec.request.serial,
      system: spec.system,
    },
    ...(term ? { date: term.until } : {}),
    text: said(kind, { label: metadata.name, system: spec.system, ...term }),
  };
}

function said(kind: NoticeKind, params: MessageParams): Message {
  const of = noticeTexts[kind];
  return { zh: render(of, 'zh', params), en: render(of, 'en', params) };
}
