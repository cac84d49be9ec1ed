import type { HubLogState } from '../audit/hub-log.ts';
import { reason, type Reason } from '../errors.ts';

/**
 * What a doctor makes of what it sees. Each function takes facts that somebody has gathered, and gives a reason for
 * everything that a person must act on; none when all is well.
 */

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Clocks may be so far apart: HTTP's dates have whole seconds, and an answer takes its time. */
const SKEW_MS = 5 * SECOND_MS;
const TOKEN_LEFT_MS = HOUR_MS;
const CERTIFICATE_LEFT_MS = 30 * DAY_MS;
/** A disk is low with less than this, in bytes, or this share left. */
const DISK_FREE_BYTES = 2 * 1024 ** 3;
const DISK_FREE_SHARE = 0.05;
/** A gap in the hub's audit log cannot be mended: it is told for so long, and stays in the chain. */
const GAP_TOLD_MS = 7 * DAY_MS;

/** @param until RFC 3339; undefined when it never ends or nobody can tell */
export function judgeToken(until: string | undefined, now: string): readonly Reason[] {
  return endsWithin(until, now, TOKEN_LEFT_MS)
    ? [reason('E_TOKEN_EXPIRING', { until: until as string })]
    : [];
}

export function judgeCertificate(server: string, until: string | undefined, now: string): readonly Reason[] {
  return endsWithin(until, now, CERTIFICATE_LEFT_MS)
    ? [reason('E_CERTIFICATE_EXPIRING', { server, until: until as string }, server)]
    : [];
}

/** A token or certificate that a process shows, and what it opens; times RFC 3339. */
export interface ShownCredential {
  readonly opens: string;
  /** Absent for a token that does not say it. */
  readonly from?: string;
  readonly until: string;
}

/** What processes renew, or somebody renews for them: told when a tenth of its life is left, as an alert tells it. */
export function judgeCredentials(
  whose: string,
  shown: readonly ShownCredential[],
  now: string,
): readonly Reason[] {
  return shown.flatMap(({ opens, from, until }) => {
    const leftMs = from === undefined ? TOKEN_LEFT_MS : (Date.parse(until) - Date.parse(from)) / 10;
    if (!endsWithin(until, now, leftMs)) return [];
    return [reason('E_CREDENTIAL_EXPIRING', { whose, opens, until }, `${whose} ${opens}`)];
  });
}

/** Migrations that a process knows and that were not run, and the reverse. */
export function judgeMigrations(
  whose: string,
  { pending, unknown }: { readonly pending: readonly string[]; readonly unknown: readonly string[] },
): readonly Reason[] {
  const told = (code: 'E_MIGRATIONS_PENDING' | 'E_MIGRATIONS_UNKNOWN', names: readonly string[]) =>
    names.length === 0 ? [] : [reason(code, { migrations: names.join(', ') }, whose)];
  return [...told('E_MIGRATIONS_PENDING', pending), ...told('E_MIGRATIONS_UNKNOWN', unknown)];
}

function endsWithin(until: string | undefined, now: string, leftMs: number): boolean {
  return until !== undefined && Date.parse(until) - Date.parse(now) < leftMs;
}

/** @param it a clock and one to compare it with, read at the same time */
export function judgeClock(it: {
  readonly whose: string;
  readonly at: string;
  readonly reference: string;
  readonly referenceAt: string;
}): readonly Reason[] {
  const { whose, reference } = it;
  const apartMs = Date.parse(it.at) - Date.parse(it.referenceAt);
  if (Math.abs(apartMs) <= SKEW_MS) return [];
  return [reason('E_CLOCK_SKEW', { whose, reference, seconds: Math.round(apartMs / SECOND_MS) }, whose)];
}

/** A policy or its binding, as an API server has it. */
export interface RuleObject {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** Rules against those of this version, both as an API server gives them back. */
export function judgeRules(wanted: readonly RuleObject[], there: readonly RuleObject[]): readonly Reason[] {
  const byName = new Map(there.map((it) => [it.metadata.name, it]));
  return wanted.flatMap(({ metadata: { name }, spec }) => {
    const found = byName.get(name);
    if (!found) return [reason('E_RULE_ABSENT', { name }, name)];
    const path = differenceOf(spec, found.spec, 'spec');
    return path === undefined ? [] : [reason('E_RULE_CHANGED', { name, path }, name)];
  });
}

/** The path of the first difference; undefined when there is none. */
function differenceOf(wanted: unknown, found: unknown, path: string): string | undefined {
  if (typeof wanted !== 'object' || wanted === null || typeof found !== 'object' || found === null)
    return wanted === found ? undefined : path;
  const [ours, theirs] = [wanted, found] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const at = Array.isArray(wanted) ? `${path}[${key}]` : `${path}.${key}`;
    const difference = differenceOf(ours[key], theirs[key], at);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Says on the operators' lease why its holder writes nothing, or why none begins; empty in the ordinary case. */
export const READ_ONLY_ANNOTATION = 'govcloud.dev/read-only';
/** Says there what its holder shows to the hub and to the members: `ShownCredential`s as JSON. */
export const CREDENTIALS_ANNOTATION = 'govcloud.dev/credentials';

/** The operators' lease; undefined when there never was one. */
export interface OperatorLease {
  readonly holderIdentity?: string;
  readonly renewTime?: string;
  readonly leaseDurationSeconds?: number;
}

/**
 * @param now by the hub's clock
 * @param readOnly why the leader writes nothing, or why none begins; empty in the ordinary case
 */
export function judgeOperator(
  lease: OperatorLease | undefined,
  now: string,
  readOnly = '',
): readonly Reason[] {
  const { renewTime, holderIdentity = '', leaseDurationSeconds = 0 } = lease ?? {};
  if (renewTime === undefined) return [reason('E_OPERATOR_NEVER')];
  const ended = Date.parse(renewTime) + leaseDurationSeconds * SECOND_MS + SKEW_MS < Date.parse(now);
  return [
    ...(ended ? [reason('E_OPERATOR_ABSENT', { holder: holderIdentity || '-', since: renewTime })] : []),
    ...(readOnly === '' ? [] : [reason('E_OPERATOR_READ_ONLY', { why: readOnly })]),
  ];
}

/** A member cluster with its conditions. */
export interface JudgedMember {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export function judgeMembers(members: readonly JudgedMember[]): readonly Reason[] {
  return members.flatMap(({ metadata: { name }, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return [];
    const { reason: why = 'Unknown', message = '-' } = ready ?? {};
    return [reason('E_MEMBER_AWAY', { name, reason: why, message }, name)];
  });
}

/** A check of the books or of the audit chain, as the reports API gives it. */
export interface JudgedCheck {
  readonly ok: boolean;
  readonly count: number;
  readonly firstBad?: { readonly seq: number; readonly fault: string };
}

export function judgeBooks({ ok, count }: JudgedCheck): readonly Reason[] {
  return ok ? [] : [reason('E_BOOKS_FINDINGS', { count })];
}

export function judgeChain({ ok, firstBad }: JudgedCheck): readonly Reason[] {
  return ok ? [] : [reason('E_CHAIN_BROKEN', { seq: firstBad?.seq ?? 0, fault: firstBad?.fault ?? '-' })];
}

/** What the chain says of the hub's own audit log. */
export interface JudgedHubLog {
  readonly at: string;
  readonly subject: string;
  readonly body: unknown;
}

/** @param states the newest first */
export function judgeHubLog(states: readonly JudgedHubLog[], now: string): readonly Reason[] {
  const told = states
    .map(({ at: since, subject: file, body }) => ({ since, file, ...(body as { state: HubLogState }) }))
    .filter(({ state }) => state !== 'unreadable');
  const [last] = told;
  if (last === undefined || last.state === 'unset') return [reason('E_HUB_LOG_UNSET')];
  if (last.state === 'absent')
    return [reason('E_HUB_LOG_ABSENT', { since: last.since, file: last.file }, last.file)];
  const gap = told.find(({ state }) => state === 'gap');
  if (!gap || Date.parse(now) - Date.parse(gap.since) > GAP_TOLD_MS) return [];
  return [reason('E_HUB_LOG_GAP', { since: gap.since, file: gap.file }, gap.file)];
}

/** What a request, or a row of opening stock, became in the books. */
export interface JudgedHold {
  readonly requestUid: string;
  /** Absent for opening stock: its row may well stand for nothing that was found. */
  readonly serial?: string;
  readonly state: string;
  readonly document: { readonly spec?: { readonly action?: string } };
}

/** What was given by the hub. */
export interface JudgedAllocation {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly changes: readonly { readonly request: string }[] };
}

/**
 * What is posted has its allocation, and what stands was posted. A raise stands in its quota: whether it does is compared where
 * hub and books are.
 */
export function judgeGrants(
  holds: readonly JudgedHold[],
  allocations: readonly JudgedAllocation[],
): readonly Reason[] {
  const given = new Set(allocations.flatMap(({ spec }) => spec.changes.map(({ request }) => request)));
  const granted = new Set(
    holds
      .filter(({ state }) => state === 'posted' || state === 'credited')
      .map(({ requestUid }) => requestUid),
  );
  const absent = holds.flatMap(({ state, requestUid, serial, document }) =>
    state === 'posted' &&
    serial !== undefined &&
    document.spec?.action !== 'RaiseQuota' &&
    !given.has(requestUid)
      ? [serial]
      : [],
  );
  const unposted = allocations.filter(({ spec }) =>
    spec.changes.some(({ request }) => !granted.has(request)),
  );
  return [
    ...absent.map((serial) => reason('E_GRANT_ABSENT', { serial }, serial)),
    ...unposted.map(({ metadata: { namespace = '', name } }) => {
      const allocation = `${namespace}/${name}`;
      return reason('E_GRANT_UNPOSTED', { allocation }, allocation);
    }),
  ];
}

/** @param freeBytes what the process may still write @param free the same, as people read it */
export function judgeDisk(it: {
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly free: string;
}): readonly Reason[] {
  const { path, freeBytes, totalBytes, free } = it;
  const isLow = freeBytes < DISK_FREE_BYTES || freeBytes < totalBytes * DISK_FREE_SHARE;
  return isLow ? [reason('E_DISK_LOW', { path, free }, path)] : [];
}
