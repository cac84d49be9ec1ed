import {
  REPORTS_API_VERSION,
  REPORTS_GROUP,
  REPORTS_VERSION,
  type ReportItem,
} from '../../api/reports/index.ts';
import type { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';
import type { Report, ReportResource } from './resource.ts';
import { reportResources } from './resources.ts';

/** How a caller wants its answer: as objects or as the table that `kubectl get` prints. */
type Format = 'objects' | 'table';

/**
 * The first form that the caller accepts and that is served; the header's order counts, not its weights.
 * @throws Refusal E_REPORT_ACCEPT
 */
export function formatOf(accept: string | undefined): Format {
  for (const choice of (accept || '*/*').split(',')) {
    const [type = '', ...rest] = choice.split(';').map((part) => part.trim().toLowerCase());
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string]));
    if (!parameters.has('as')) return 'objects';
    const { as, g, v } = Object.fromEntries(parameters) as Record<string, string | undefined>;
    if (as === 'table' && g === 'meta.k8s.io' && v === 'v1') return 'table';
  }
  throw new Refusal('E_REPORT_ACCEPT', { accept: accept ?? '' });
}

/** A list, as objects or as a table. */
export function listAnswer(
  resource: ReportResource,
  { items, next, asOf }: Report,
  format: Format,
  parameters: Parameters,
): object {
  const metadata = next === undefined ? {} : { continue: next };
  if (format === 'table') return tableOf(resource, items, metadata, parameters);
  return {
    kind: `${resource.kind}List`,
    apiVersion: REPORTS_API_VERSION,
    metadata,
    ...(asOf === undefined ? {} : { asOf }),
    items: items.map((item) => objectOf(resource, item)),
  };
}

/** One object, or a table of that one row. */
export function itemAnswer(
  resource: ReportResource,
  item: ReportItem,
  format: Format,
  parameters: Parameters,
): object {
  return format === 'table' ? tableOf(resource, [item], {}, parameters) : objectOf(resource, item);
}

function objectOf(resource: ReportResource, item: ReportItem): object {
  return { kind: resource.kind, apiVersion: REPORTS_API_VERSION, ...item };
}

function tableOf(
  resource: ReportResource,
  items: readonly ReportItem[],
  metadata: object,
  { includeObject }: Parameters,
): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: resource.columns.map(({ name, type, description, wide }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description,
      priority: wide ? 1 : 0,
    })),
    rows: items.map((item) => ({
      cells: resource.columns.map((column) => column.cell(item)),
      ...(includeObject === 'None'
        ? {}
        : {
            object:
              includeObject === 'Object'
                ? objectOf(resource, item)
                : {
                    kind: 'PartialObjectMetadata',
                    apiVersion: 'meta.k8s.io/v1',
                    metadata: item.metadata,
                  },
          }),
    })),
  };
}

const groupVersion = { groupVersion: REPORTS_API_VERSION, version: REPORTS_VERSION };
const group = { name: REPORTS_GROUP, versions: [groupVersion], preferredVersion: groupVersion };

/** `/apis` */
export const groupListAnswer = { kind: 'APIGroupList', apiVersion: 'v1', groups: [group] };

/** `/apis/reports.govcloud.dev` */
export const groupAnswer = { kind: 'APIGroup', apiVersion: 'v1', ...group };

/** `/apis/reports.govcloud.dev/v1alpha1` */
export const resourceListAnswer = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: REPORTS_API_VERSION,
  resources: [...reportResources.values()].map(({ name, singular, kind, namespaced }) => ({
    name,
    singularName: singular,
    namespaced,
    kind,
    verbs: ['get', 'list'],
  })),
};

const info = { title: REPORTS_GROUP, version: REPORTS_VERSION };
const schemaPath = `apis/${REPORTS_API_VERSION}`;

/**
 * OpenAPI documents by path. They describe nothing, since nothing is written here that a schema could check; without
 * them the API server asks again for ever and logs an error each time.
 */
export const openApiAnswers: ReadonlyMap<string, object> = new Map<string, object>([
  ['/openapi/v2', { swagger: '2.0', info, paths: {}, definitions: {} }],
  ['/openapi/v3', { paths: { [schemaPath]: { serverRelativeURL: `/openapi/v3/${schemaPath}` } } }],
  [`/openapi/v3/${schemaPath}`, { openapi: '3.0.0', info, paths: {}, components: { schemas: {} } }],
]);
