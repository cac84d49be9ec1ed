import { type Canonical, canonicalJson, sm3 } from '../canonical.ts';
import type { AuditRecord } from './chain.ts';

/**
 * What of the hub's own audit log goes into the chain: every change that the API server let through of what the city's
 * rules are made of, who wrote a decision, and whatever was done under another's name. Refused attempts stay in the log: anybody can make as
 * many of them as they like. policies/audit.yaml has the API server log all of it.
 */

/** An event of `audit.k8s.io/v1`, as far as it is looked at. Nothing of it is sure: a log is a file. */
interface HubEvent {
  readonly kind?: unknown;
  readonly auditID?: unknown;
  readonly stage?: unknown;
  readonly verb?: unknown;
  readonly requestURI?: unknown;
  readonly user?: { readonly username?: unknown };
  readonly impersonatedUser?: { readonly username?: unknown };
  readonly sourceIPs?: readonly unknown[];
  readonly objectRef?: {
    readonly apiGroup?: unknown;
    readonly resource?: unknown;
    readonly subresource?: unknown;
    readonly namespace?: unknown;
    readonly name?: unknown;
  };
  readonly responseStatus?: { readonly code?: unknown };
  readonly requestObject?: unknown;
  readonly requestReceivedTimestamp?: unknown;
}

/** `hub.write`: a change; `hub.log`: what became of the log, see `HubLogState`. */
export const HUB_WRITE = 'hub.write';
export const HUB_LOG = 'hub.log';

/**
 * Whether the log is read: `followed`; `absent`, there is no such file or it cannot be read; `unset`, the operator was
 * told of none. `gap`: what follows the last event in the chain is in no file any more. `unreadable`: a line is no event.
 */
export type HubLogState = 'followed' | 'absent' | 'unset' | 'gap' | 'unreadable';

/** What changes of an API group are recorded; all resources of it when there is no list. */
const RECORDED: Readonly<Record<string, readonly string[] | undefined>> = {
  'govcloud.dev': [
    'approvalflows',
    'capacitypools',
    'catalogitems',
    'delegations',
    'informationsystems',
    'memberclusters',
    'organizations',
    'projects',
    'quotas',
  ],
  'admissionregistration.k8s.io': undefined,
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'apiregistration.k8s.io': ['apiservices'],
  'certificates.k8s.io': undefined,
  'rbac.authorization.k8s.io': undefined,
  '': ['namespaces'],
};

/** What else is recorded in the namespaces of the system itself. */
const RECORDED_OF_SYSTEM: Readonly<Record<string, readonly string[]>> = {
  '': ['configmaps', 'secrets', 'serviceaccounts'],
  apps: ['controllerrevisions'],
};
const SYSTEM_NAMESPACES: readonly unknown[] = ['govcloud-people', 'govcloud-system'];

const WRITES: readonly unknown[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The kinds whose status people write, who do nothing there but decide. */
const DECIDED_ON: readonly string[] = [
  'allocations',
  'repairs',
  'resourcerequests',
  'stockimports',
  'usagefindings',
];

/** What the operator writes there is its daily work: the books say what it did and why. */
const OPERATOR = 'system:serviceaccount:govcloud-system:govcloud-operator';
const OPERATORS_WORK: readonly unknown[] = ['govcloud.dev', 'namespaces'];

/** A longer change stays in the log, whose line the record names by its digest. */
const MAX_REQUEST_LENGTH = 4_096;
const MAX_TEXT_LENGTH = 256;

/** The digest by which a line of the log is known: whoever calls an API server may choose the id of their event. */
export function digestOfLine(line: string): string {
  return sm3(line);
}

/** @returns the record that a line of the log stands for; none when it is no event, or none that is recorded */
export function recordOfLine(line: string): AuditRecord | 'unreadable' | undefined {
  const event = eventOf(line);
  if (event === undefined) return 'unreadable';
  const { objectRef = {}, impersonatedUser } = event;
  const actor = text(event.user?.username);
  if (event.stage !== 'ResponseComplete' || !WRITES.includes(event.verb)) return undefined;
  if (!wasLetThrough(event) || isDryRun(event)) return undefined;
  if (impersonatedUser === undefined && !isRecorded(objectRef, actor)) return undefined;
  const { apiGroup, resource, subresource, namespace, name } = objectRef;
  const group = text(apiGroup);
  const kind = group === '' || group === 'govcloud.dev' ? text(resource) : `${text(resource)}.${group}`;
  const as = impersonatedUser === undefined ? {} : { as: text(impersonatedUser.username) };
  return {
    actor,
    action: HUB_WRITE,
    subject: [kind, namespace, name, subresource].map(text).filter(Boolean).join('/'),
    body: {
      event: digestOfLine(line),
      auditID: text(event.auditID),
      verb: text(event.verb),
      ...as,
      // The last is who really called; those before it are what the caller says.
      from: text(event.sourceIPs?.at(-1)),
      receivedAt: text(event.requestReceivedTimestamp),
      ...requestOf(event),
    },
  };
}

/** A line that was cut short by a crash has the next event behind it. */
function eventOf(line: string): HubEvent | undefined {
  for (const start of new Set([0, line.lastIndexOf('{"kind":"Event"')])) {
    try {
      const event = JSON.parse(line.slice(Math.max(0, start))) as HubEvent | null;
      if (event?.kind === 'Event') return event;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

function wasLetThrough({ responseStatus }: HubEvent): boolean {
  const code = responseStatus?.code;
  return typeof code === 'number' && code < 300;
}

/** Nothing is changed then. The wish stands in the address or, for a deletion, in what is sent. */
function isDryRun({ requestURI, requestObject }: HubEvent): boolean {
  const sent = requestObject as { readonly kind?: unknown; readonly dryRun?: unknown } | undefined;
  return (
    /[?&]dryRun=/.test(text(requestURI)) || (sent?.kind === 'DeleteOptions' && sent.dryRun !== undefined)
  );
}

function isRecorded(
  { apiGroup, resource, subresource, namespace }: NonNullable<HubEvent['objectRef']>,
  actor: string,
): boolean {
  const group = text(apiGroup);
  if (actor === OPERATOR && (OPERATORS_WORK.includes(group) || OPERATORS_WORK.includes(resource)))
    return false;
  if (group === 'govcloud.dev' && subresource === 'status' && DECIDED_ON.includes(text(resource)))
    return true;
  if (Object.hasOwn(RECORDED, group) && (RECORDED[group]?.includes(text(resource)) ?? true)) return true;
  return (
    SYSTEM_NAMESPACES.includes(namespace) && (RECORDED_OF_SYSTEM[group]?.includes(text(resource)) ?? false)
  );
}

/** What was sent, where it was logged, is not too long, and is something that books can hold. */
function requestOf({ requestObject }: HubEvent): { readonly request?: Canonical } {
  if (requestObject === undefined) return {};
  try {
    const request = requestObject as Canonical;
    const json = canonicalJson(request);
    const fits = json.length <= MAX_REQUEST_LENGTH && !/\\u(0000|d[89a-f])/.test(json);
    return fits ? { request } : {};
  } catch (error) {
    // It holds a number that is no integer.
    if (error instanceof RangeError) return {};
    throw error;
  }
}

/** A text that books can hold. */
function text(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.slice(0, MAX_TEXT_LENGTH).toWellFormed().replaceAll('\0', '\ufffd');
}
