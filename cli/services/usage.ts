import {
  type ReportItem,
  REPORTS_API_VERSION,
  type Usage,
  type UsageAdvice,
} from '../../api/reports/index.ts';
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
  const read = (namespace: string | undefined) =>
    readReport(hub, 'usage', { namespace, query: { ...query } });
  const items = (await hub.everywhere(read)).flatMap((report) => report.items);
  return inOrder(items.map((item) => ({ ...item, apiVersion: REPORTS_API_VERSION, kind: 'Usage' })));
}

/** What the city's policy finds in the use of the last weeks, as objects. */
export async function usageAdvice(
  hub: Hub,
  findings: readonly UsageAdvice['finding'][],
): Promise<UsageAdvice[]> {
  const read = (namespace: string | undefined) => readReport(hub, 'usageadvice', { namespace });
  const items = (await hub.everywhere(read)).flatMap((report) => report.items);
  return inOrder(
    items
      .filter(({ finding }) => findings.includes(finding))
      .map((item) => ({ ...item, apiVersion: REPORTS_API_VERSION, kind: 'UsageAdvice' })),
  );
}

/** By organisation, system and allocation. */
function inOrder<T extends ReportItem & Pick<Usage, 'organization' | 'system' | 'allocation'>>(
  items: readonly T[],
): T[] {
  return items.toSorted((a, b) => {
    const [left, right] = [a, b].map(({ organization, system, allocation }) =>
      [organization, system, allocation].join('/'),
    );
    return left === right ? 0 : (left as string) < (right as string) ? -1 : 1;
  });
}
