/**
 * The aggregated API over the books, as its server and its readers both know it. Types and names alone: whoever
 * reads a report loads no schemas.
 */

import type { ResourceRequest } from '../v1alpha1/index.ts';
import type { ReportBody } from './report.ts';

export const REPORTS_GROUP = 'reports.govcloud.dev';
export const REPORTS_VERSION = 'v1alpha1';
export const REPORTS_API_VERSION = `${REPORTS_GROUP}/${REPORTS_VERSION}`;

/** Quantities by resource, as Kubernetes writes them: every resource is named, "0" if there is nothing. */
export type Amounts = Readonly<Record<'vcpu' | 'memory' | 'ssd' | 'hdd', string>>;

type HolderKind = 'organisation' | 'system' | 'pool';

interface ReportMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly creationTimestamp?: string;
}

/** What every item of a report carries besides its kind and apiVersion, which the server adds. */
export interface ReportItem {
  readonly metadata: ReportMeta;
}

/** What may be had, is granted, is held for open requests and is left; what is left may be negative. */
export interface Balances {
  readonly hard: Amounts;
  readonly posted: Amounts;
  readonly pending: Amounts;
  readonly free: Amounts;
}

/** One pool. */
export interface Capacity extends ReportItem, Balances {
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
}

/** One account scope of an organisation or a system; zone and arch are `*` where it stands for all of them. */
export interface QuotaBalance extends ReportItem, Balances {
  readonly holderKind: Exclude<HolderKind, 'pool'>;
  /** An organisation's code, or a system as `<organisation>/<system>`. */
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  /** Soft limits, of the resources that have one; absent without any, and when a past moment is asked for. */
  readonly soft?: Partial<Amounts>;
  /** What the limit is changed by for a time, in the order of its days; absent when a past moment is asked for. */
  readonly parts?: readonly QuotaPart[];
}

/** What a quota is given, borrows or lends for a time. Days are YYYY-MM-DD, both counted. */
export interface QuotaPart {
  readonly kind: 'grant' | 'borrowed' | 'lent';
  readonly name: string;
  /** Who lends or borrows: an organisation's code, or a system as `<organisation>/<system>`. */
  readonly other?: string;
  readonly limits: Partial<Amounts>;
  readonly from: string;
  readonly until?: string;
  /** Whether it counts today. */
  readonly counts: boolean;
  readonly basis: string;
}

/** What a request holds, or what it became. Times are RFC 3339. */
export interface Hold extends ReportItem {
  readonly requestUid: string;
  /** Absent for opening stock, which no request asked for. */
  readonly requestName?: string;
  readonly serial?: string;
  readonly generation: number;
  readonly attempt: number;
  readonly state: string;
  readonly ticket: string;
  /** Null for opening stock. */
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly accounts: readonly HeldAccount[];
  /** The copies of what was decided on this generation of the request, which alone count, in the order of its list. */
  readonly decisions: readonly HeldDecision[];
  /** What was asked for and at what price; nothing of opening stock. */
  readonly document: {
    readonly quote?: { readonly monthlyFen: number };
    readonly spec?: ResourceRequest['spec'];
    /** How its pool was chosen, as `domain/placement/record.ts` says; only where one hold is asked for by its name. */
    readonly placement?: unknown;
  };
}

/** A decision as the books keep it. */
export interface HeldDecision {
  readonly position: number;
  readonly ticket: string;
  readonly step: string;
  readonly reviewer: string;
  /** Whom its author stood in for. */
  readonly onBehalfOf?: string;
  readonly verdict: string;
  readonly returnTo?: string;
  readonly comment: string;
  /** When the books first had it, RFC 3339. */
  readonly decidedAt: string;
  /** Whether it was decided on an earlier ticket, and still counts. */
  readonly carried: boolean;
}

/** What a hold still has on one account scope. */
export interface HeldAccount {
  readonly holderKind: HolderKind;
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  readonly pending: Amounts;
  readonly posted: Amounts;
}

/** One link of the audit chain. */
export interface AuditRecord extends ReportItem {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly body: unknown;
  readonly hash: string;
}

/** A request that is over, as its object was. */
export interface ClosedRequest extends ReportItem {
  readonly serial: string;
  readonly uid: string;
  readonly document: unknown;
  readonly closedAt: string;
}

/** A check of the books, run when it is read. */
export interface Verification extends ReportItem {
  readonly ok: boolean;
  readonly checkedAt: string;
  /** For `books` how much was found wrong, at most 1,000; for `audit` how many records hold, from the first on. */
  readonly count: number;
  /** `books`: what does not agree. */
  readonly findings?: readonly VerificationFinding[];
  /** `audit`: the first record that does not hold. */
  readonly firstBad?: { readonly seq: number; readonly fault: string };
  /** `audit`: the newest link, to be kept outside as a checkpoint; only when the chain holds. */
  readonly head?: { readonly seq: number; readonly hash: string };
}

interface VerificationFinding {
  readonly code: string;
  readonly where: string;
  readonly params: Readonly<Record<string, string>>;
  /** Chinese and English. */
  readonly message: string;
}

/** The server that answers, as it finds itself. */
export interface Server extends ReportItem {
  /** Tokens and certificates that it shows, and what each opens; times are RFC 3339. */
  readonly credentials: readonly {
    readonly opens: string;
    /** Absent for a token that does not say it. */
    readonly from?: string;
    readonly until: string;
  }[];
  /** Names of migrations of the books: what it knows and was not run, and the reverse. */
  readonly migrations: { readonly pending: readonly string[]; readonly unknown: readonly string[] };
}

/** A report of the whole city; its name says which. */
export interface CityReport extends ReportItem, ReportBody {}

/** The same of one organisation. */
export interface OrganizationReport extends ReportItem, ReportBody {}

/**
 * What one allocation used of one resource in a period. Figures are whole numbers of `unit`, and absent when nothing was
 * seen: what is not seen is not idle.
 */
export interface Usage extends ReportItem {
  readonly allocation: string;
  readonly allocationUid: string;
  readonly organization: string;
  readonly system: string;
  readonly item: string;
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
  readonly resource: 'cpu' | 'memory' | 'storage' | 'network';
  readonly unit: 'millicores' | 'bytes' | 'bytesPerSecond';
  /** On the period's last day that is in the books; nobody is granted network. */
  readonly granted?: number;
  readonly mean?: number;
  /** Of percentiles the highest of the days': the period's own is never above it. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
  /** The period's days, both counted, and how many of them are in the books. */
  readonly from: string;
  readonly until: string;
  readonly days: number;
  readonly missingDays: number;
  /** Of the samples that the whole period would have, in hundredths of a percent; rounded down. */
  readonly coverageBasisPoints: number;
  /** What was dropped. */
  readonly faults: readonly UsageFault[];
  /** The series behind the figures, as Prometheus can be asked for them. */
  readonly series: readonly string[];
}

/** What the use of the last weeks says of a grant: that it is idle, too large or too small. */
export interface UsageAdvice extends ReportItem {
  readonly allocation: string;
  readonly allocationUid: string;
  readonly organization: string;
  readonly system: string;
  readonly item: string;
  readonly zone: string;
  readonly arch: string;
  readonly quantity: number;
  readonly finding: 'Idle' | 'Oversized' | 'Undersized';
  /** Since when the policy that it was judged by is in force. */
  readonly policyFrom: string;
  /** The days that it was judged by, both counted. */
  readonly from: string;
  readonly until: string;
  /** The size of one unit, where the item has such parameters. */
  readonly now?: UnitSize;
  readonly recommended?: UnitSize;
  /** Of all units together: by the recommended size, of an idle grant by giving it back. */
  readonly saving?: {
    readonly millicores: number;
    readonly memoryBytes: number;
    readonly monthlyFen: number;
  };
  readonly evidence: readonly Usage[];
}

interface UnitSize {
  readonly vcpu: number;
  readonly memoryGiB: number;
}

interface UsageFault {
  readonly code: 'invalid' | 'duplicate';
  readonly series: string;
  /** Samples of five minutes that were lost to it. */
  readonly steps: number;
  /** Chinese and English. */
  readonly message: string;
}

/** What each resource, by its name in the path, gives. */
export interface Reports {
  readonly cityreports: CityReport;
  readonly organizationreports: OrganizationReport;
  readonly capacity: Capacity;
  readonly quotas: QuotaBalance;
  readonly holds: Hold;
  readonly auditrecords: AuditRecord;
  readonly closedrequests: ClosedRequest;
  readonly usage: Usage;
  readonly usageadvice: UsageAdvice;
  readonly servers: Server;
  readonly verifications: Verification;
}

export type ReportName = keyof Reports;

/** The parameters of each resource besides those of every Kubernetes list. */
export const REPORT_PARAMETERS = {
  cityreports: ['asOf', 'from', 'to', 'zone'],
  organizationreports: ['asOf', 'from', 'to', 'zone'],
  capacity: ['asOf'],
  quotas: ['asOf'],
  holds: ['requestUid', 'state'],
  auditrecords: ['actor', 'action', 'subject', 'from', 'until', 'order'],
  closedrequests: ['serial'],
  usage: ['from', 'until', 'allocation', 'system'],
  usageadvice: [],
  servers: [],
  verifications: ['checkpoint'],
} as const satisfies Readonly<Record<ReportName, readonly string[]>>;

/** A list of a report as JSON. */
export interface ReportList<Item extends ReportItem = ReportItem> {
  /** `continue` is given back for the next page; absent on the last. */
  readonly metadata: { readonly continue?: string };
  /** The moment whose state is told, RFC 3339; for the reports that can be asked for a past one. */
  readonly asOf?: string;
  readonly items: readonly Item[];
}
