import type { CityReport, OrganizationReport } from '../../api/reports/index.ts';
import type { ReportKind } from '../../api/reports/report.ts';
import type { Organization } from '../../api/v1alpha1/index.ts';
import { notFound } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { getReport } from '../hub/reports.ts';

export type MadeReport = CityReport | OrganizationReport;

interface ReportQuery {
  readonly 'as-of'?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly zone?: string | undefined;
  /** An organisation's code or Chinese name. */
  readonly org?: string | undefined;
}

/**
 * A report: of the organisation that is named, else of the one that the command is about, else of the whole city.
 * @throws CliError E_NOT_FOUND, E_REPORTS_ABSENT; KubeError
 */
export async function madeReport(hub: Hub, kind: ReportKind, flags: ReportQuery): Promise<MadeReport> {
  const { 'as-of': asOf, from, to, zone, org } = flags;
  const query = { asOf, from, to, zone };
  const namespace = org === undefined ? hub.namespace : await namespaceOfNamed(hub, org);
  return namespace === undefined
    ? getReport(hub, 'cityreports', kind, { query })
    : getReport(hub, 'organizationreports', kind, { namespace, query });
}

async function namespaceOfNamed(hub: Hub, org: string): Promise<string> {
  const organizations = await hub.list<Organization>(kinds.organizations);
  const found = organizations.find(({ metadata, spec }) => metadata.name === org || spec.name.zh === org);
  if (!found) {
    throw notFound(
      'Organization',
      org,
      organizations.map(({ metadata }) => metadata.name),
    );
  }
  return found.status?.namespace ?? `gov-${found.metadata.name}`;
}
