import {
  type REPORT_PARAMETERS,
  REPORTS_API_VERSION,
  type ReportList,
  type ReportName,
  type Reports,
} from '../../api/reports/index.ts';
import { KubeError } from '../../kube/errors.ts';
import { pathOfSegments } from '../../kube/paths.ts';
import { CliError } from '../errors.ts';
import type { Hub } from './hub.ts';

const BASE = ['apis', ...REPORTS_API_VERSION.split('/')];

type Parameter<R extends ReportName> =
  | (typeof REPORT_PARAMETERS)[R][number]
  | 'fieldSelector'
  | 'limit'
  | 'continue';
type Value = string | number | readonly string[] | undefined;
type Query<R extends ReportName> = Readonly<Partial<Record<Parameter<R>, Value>>>;

interface ReportOptions<R extends ReportName> {
  readonly namespace?: string | undefined;
  readonly query?: Query<R>;
  /** At most so many items are read. */
  readonly most?: number;
}

/** Every item of a report. @throws CliError E_REPORTS_ABSENT */
export async function listReport<R extends ReportName>(
  hub: Hub,
  resource: R,
  options: ReportOptions<R> = {},
): Promise<Reports[R][]> {
  return (await readReport(hub, resource, options)).items;
}

/** A report, page by page, and the moment that it tells of. @throws CliError E_REPORTS_ABSENT */
export async function readReport<R extends ReportName>(
  hub: Hub,
  resource: R,
  options: ReportOptions<R> = {},
): Promise<{ items: Reports[R][]; asOf: string | undefined }> {
  const { namespace, query, most = Number.POSITIVE_INFINITY } = options;
  const place = placeOf(resource, namespace);
  const items: Reports[R][] = [];
  let asOf: string | undefined;
  let next: string | undefined;
  do {
    const page: ReportList<Reports[R]> = await ask(hub, place, { ...query, continue: next });
    asOf ??= page.asOf;
    items.push(...page.items);
    next = page.metadata.continue || undefined;
  } while (next !== undefined && items.length < most);
  return { items: items.length > most ? items.slice(0, most) : items, asOf };
}

/** One item of a report. @throws CliError E_REPORTS_ABSENT; KubeError */
export function getReport<R extends ReportName>(
  hub: Hub,
  resource: R,
  name: string,
  { namespace, query }: Pick<ReportOptions<R>, 'namespace' | 'query'> = {},
): Promise<Reports[R]> {
  return ask(hub, [...placeOf(resource, namespace), name], query ?? {});
}

function placeOf(resource: ReportName, namespace: string | undefined): readonly string[] {
  return [...BASE, ...(namespace === undefined ? [] : ['namespaces', namespace]), resource];
}

async function ask<T>(
  hub: Hub,
  segments: readonly string[],
  query: Readonly<Record<string, Value>>,
): Promise<T> {
  const path = pathOfSegments(segments);
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
