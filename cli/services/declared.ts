import type { Organization } from '../../api/v1alpha1/index.ts';
import { importResults } from '../../messages/office.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { type ImportOutcome, problemText, readOffice, type RowResult } from './office.ts';

/**
 * The organisations of a CSV or .xlsx file as declarations for the city’s folder: those that the hub does not have. Nothing
 * is written to the hub, for organisations are declared as code; one that is there and differs is a bad row.
 */
export async function declareOrganizations(
  hub: Hub,
  file: string,
  content: Buffer,
): Promise<ImportOutcome<Organization>> {
  let known: readonly Organization[] = [];
  const read = await readOffice(file, content, async () => {
    const [{ readOrganizations }, { namedOf }, organizations] = await Promise.all([
      import('../../domain/office/organizations.ts'),
      import('../../domain/office/names.ts'),
      hub.list<Organization>(kinds.organizations),
    ]);
    known = organizations;
    return (sheet) => readOrganizations(sheet, known.map(namedOf));
  });
  const { sameJson } = await import('../../domain/same.ts');
  const byCode = new Map(known.map((it) => [it.metadata.name, it]));
  const items: Organization[] = [];
  const results = new Map<number, RowResult>();
  const problems = read.reading.problems.map(problemText);
  for (const { row, value } of read.reading.good) {
    const there = byCode.get(value.metadata.name);
    if (!there) {
      items.push(value);
      results.set(row, { message: importResults.declared });
    } else if (sameJson(there.spec, value.spec)) {
      results.set(row, { message: importResults.same });
    } else {
      const params = { row, code: value.metadata.name };
      problems.push(problemText({ code: 'E_ORGANIZATION_DECLARED', params, where: String(row), row }));
    }
  }
  return { ...read, items, results, problems };
}
