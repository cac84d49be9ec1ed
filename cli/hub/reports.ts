import { KubeError } from '../../kube/errors.ts';
import { CliError } from '../errors.ts';
import type { Hub } from './hub.ts';

/** Amounts by resource, as quantities; a computed one may be negative. */
export type Quantities = Readonly<Partial<Record<string, string>>>;

interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What a pool has, by the books. */
export interface Capacity extends Item {
  readonly pool: string;
  readonly zone: string;
  readonly arch: string;
  readonly hard: Quantities;
  readonly posted: Quantities;
  readonly pending: Quantities;
  readonly free: Quantities;
}

/** What an organisation or a system may have, and has, in one zone and on one architecture; `*` is all of them. */
export interface QuotaBalance extends Item {
  readonly holderKind: 'organisation' | 'system';
  readonly holder: string;
  readonly zone: string;
  readonly arch: string;
  readonly hard: Quantities;
  readonly posted: Quantities;
  readonly pending: Quantities;
  readonly free: Quantities;
}

/** A hold in the books, with what it has on each account. */
export interface Hold extends Item {
  readonly requestUid: string;
  readonly requestName?: string;
  readonly serial?: string;
  readonly generation: number;
  readonly attempt: number;
  readonly state: string;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly accounts: readonly {
    readonly holderKind: 'organisation' | 'system' | 'pool';
    readonly holder: string;
    readonly zone: string;
    readonly arch: string;
    readonly pending: Quantities;
    readonly posted: Quantities;
  }[];
}

export interface AuditRecord extends Item {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly body: unknown;
  readonly hash: string;
}

/** The result of a check of the books or of the audit chain. */
export interface Verification extends Item {
  readonly ok: boolean;
  readonly checkedAt: string;
  /** For `books` how much was found wrong, for `audit` how many records hold. */
  readonly count: number;
  readonly findings?: readonly { readonly code: string; readonly where: string; readonly message: string }[];
  readonly firstBad?: { readonly seq: number; readonly fault: string };
  readonly head?: { readonly seq: number; readonly hash: string };
}

export interface ClosedRequest extends Item {
  readonly serial: string;
  readonly uid: string;
  readonly document: unknown;
  readonly closedAt: string;
}

const BASE = '/apis/reports.govcloud.dev/v1alpha1';

type Query = Readonly<Record<string, string | number | undefined>>;

interface ReportOptions {
  readonly namespace?: string | undefined;
  readonly query?: Query;
  /** At most so many items are read. */
  readonly most?: number;
}

/** Every item of a report. @throws CliError E_REPORTS_ABSENT */
export async function listReport<T extends Item>(
  hub: Hub,
  resource: string,
  options: ReportOptions = {},
): Promise<T[]> {
  return (await readReport<T>(hub, resource, options)).items;
}

/** A report, page by page, and the moment that it tells of. @throws CliError E_REPORTS_ABSENT */
export async function readReport<T extends Item>(
  hub: Hub,
  resource: string,
  options: ReportOptions = {},
): Promise<{ items: T[]; asOf: string | undefined }> {
  const { namespace, query = {}, most = Number.POSITIVE_INFINITY } = options;
  const path =
    namespace === undefined ? `${BASE}/${resource}` : `${BASE}/namespaces/${namespace}/${resource}`;
  const items: T[] = [];
  let asOf: string | undefined;
  let next: string | undefined;
  do {
    const page: { metadata?: { continue?: string }; asOf?: string; items: T[] } = await ask(hub, path, {
      ...query,
      continue: next,
    });
    asOf ??= page.asOf;
    items.push(...page.items);
    next = page.metadata?.continue || undefined;
  } while (next !== undefined && items.length < most);
  return { items: items.length > most ? items.slice(0, most) : items, asOf };
}

/** One item of a report. @throws CliError E_REPORTS_ABSENT; KubeError */
export function getReport<T extends Item>(
  hub: Hub,
  resource: string,
  name: string,
  query: Query = {},
): Promise<T> {
  return ask(hub, `${BASE}/${resource}/${name}`, query);
}

async function ask<T>(hub: Hub, path: string, query: Query): Promise<T> {
  try {
    return await hub.client.raw<T>(path, { query });
  } catch (error) {
    // Without the aggregated API the path itself is unknown; with its process down the API server answers 503.
    const absent =
      error instanceof KubeError && (error.status === 503 || (error.status === 404 && !error.details?.name));
    if (absent) throw new CliError('E_REPORTS_ABSENT', { detail: error.message });
    throw error;
  }
}
