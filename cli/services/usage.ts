import { REPORTS_API_VERSION, type Usage } from '../../api/reports/index.ts';
import type { Hub } from '../hub/hub.ts';
import { readReport } from '../hub/reports.ts';

interface UsageQuery {
  readonly allocation: string | undefined;
  readonly system: string | undefined;
  /** A day or a moment; the last thirty days that are over when both are left out. */
  readonly from: string | undefined;
  readonly until: string | undefined;
}

/** What allocations used in a period, as objects, by allocation and resource. */
export async function usageReport(hub: Hub, query: UsageQuery): Promise<Usage[]> {
  const { items } = await readReport(hub, 'usage', { namespace: hub.namespace, query: { ...query } });
  return items
    .map((item): Usage => ({ ...item, apiVersion: REPORTS_API_VERSION, kind: 'Usage' }) as Usage)
    .toSorted((a, b) => {
      const [left, right] = [a, b].map(({ organization, allocation }) => `${organization}/${allocation}`);
      return left === right ? 0 : (left as string) < (right as string) ? -1 : 1;
    });
}
