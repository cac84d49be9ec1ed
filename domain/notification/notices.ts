import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { type Message, type MessageParams, render } from '../../messages/index.ts';
import { noticeTexts } from '../../messages/notifications.ts';
import { stepMessages } from '../../messages/states.ts';

export type NoticeKind = keyof typeof noticeTexts;

/**
 * For whom a notice is: those who may decide a step, the managers of those, or whoever asked, by their account and as the
 * form names them.
 */
export type Addressee =
  | { readonly role: 'reviewers'; readonly step: string }
  | { readonly role: 'managers' }
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

/**
 * What a write of a request’s status makes to be told: that it waits for its first decision, was sent back, is late, and is
 * late for so long that it is told further up.
 */
export function noticesOfRequest(request: ResourceRequest, after: RequestStatus): readonly Notice[] {
  return anew(request.status, after, (status) => standingOfRequest(request, status));
}

/** What a write of an allocation’s status makes to be told: that it is there to be accepted, that its term ends soon. */
export function noticesOfAllocation(allocation: Allocation, after: AllocationStatus): readonly Notice[] {
  return anew(allocation.status, after, (status) => standingOfAllocation(allocation, status));
}

/**
 * Of what stands in a status, what did not stand in the one before. A spec that was edited is told of anew: where that says
 * the same it has the same key, and whoever keeps notices has it already.
 */
function anew<S extends RequestStatus | AllocationStatus>(
  before: S | undefined,
  after: S,
  standing: (status: S) => readonly Notice[],
): readonly Notice[] {
  const told = standing(after);
  if (told.length === 0 || !before || before.observedGeneration !== after.observedGeneration) return told;
  const stood = new Set(standing(before).map(({ key }) => key));
  return told.filter(({ key }) => !stood.has(key));
}

/** What is late, and how late, is what the status says: it is decided in one place, by database time (`deadlineOf`). */
function standingOfRequest(request: ResourceRequest, status: RequestStatus): readonly Notice[] {
  const { uid = '' } = request.metadata;
  const { openStep = '', ticket = '' } = status.review ?? {};
  switch (status.phase) {
    case 'InReview': {
      const late = reasonOf(status, 'Overdue');
      const at = `${ticket}/${openStep}/${status.due ?? ''}`;
      return [
        ofRequest(request, status, 'Submitted', `${uid}/submitted/${ticket}`, reviewersOf(openStep)),
        ...(late === undefined
          ? []
          : [ofRequest(request, status, 'Late', `${uid}/late/${at}`, reviewersOf(openStep))]),
        ...(late === 'Escalated'
          ? [ofRequest(request, status, 'Escalated', `${uid}/escalated/${at}`, { role: 'managers' })]
          : []),
      ];
    }
    case 'Returned': {
      const key = `${uid}/returned/${status.observedGeneration ?? 0}/${ticket}`;
      return [ofRequest(request, status, 'Returned', key, requesterOf(request))];
    }
    default:
      return [];
  }
}

/** That a term ends soon, and how soon, is what the status says: see `noticeDue`. */
function standingOfAllocation(allocation: Allocation, status: AllocationStatus): readonly Notice[] {
  const { metadata, spec } = allocation;
  const { uid = '' } = metadata;
  const revision = status.deliveredRevision ?? spec.contentRevision;
  // What was refused and is delivered again is told again.
  const refusals = (status.handovers ?? []).filter(({ action }) => action === 'refuse').length;
  const soon = reasonOf(status, 'Expiring');
  return [
    ...(status.state === 'PendingAcceptance'
      ? [ofAllocation(allocation, 'Delivered', `${uid}/delivered/${revision}/${refusals}`)]
      : []),
    ...(soon === undefined || spec.until === undefined
      ? []
      : [ofAllocation(allocation, 'Expiring', `${uid}/expiring/${spec.until}/${soon}`, spec.until)]),
  ];
}

/** Why a condition is true; undefined where it is not. */
function reasonOf({ conditions }: RequestStatus | AllocationStatus, type: string): string | undefined {
  return conditions?.find((it) => it.type === type && it.status === 'True')?.reason;
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

function ofAllocation({ metadata, spec }: Allocation, kind: NoticeKind, key: string, until?: string): Notice {
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
    ...(until === undefined ? {} : { date: until }),
    text: said(kind, { label: metadata.name, system: spec.system, until: until ?? '' }),
  };
}

function said(kind: NoticeKind, params: MessageParams): Message {
  const of = noticeTexts[kind];
  return { zh: render(of, 'zh', params), en: render(of, 'en', params) };
}
