import { namespaceOf, type Project } from '../../api/v1alpha1/index.ts';
import { fundings } from '../../messages/cli-views.ts';
import type { OrganizationNames } from './names.ts';
import type { Sheet } from './sheet.ts';
import { readSystem, type SystemNames } from './stock.ts';
import type { TableRow } from './row.ts';
import { readTable, type TableReading } from './table.ts';
import {
  choiceOf,
  listOf,
  type Read,
  read,
  readDate,
  readDeadline,
  readId,
  readLine,
  readMoney,
  wrong,
} from './values.ts';
import { FUNDING_WORDS, PROJECT_COLUMNS } from './vocabulary.ts';

const MOST_SYSTEMS = 50;
const readFunding = choiceOf(fundings, FUNDING_WORDS);

/** What the cells of a file of projects may name. */
export interface ProjectLookup {
  readonly organizations: OrganizationNames;
  readonly systems: SystemNames;
}

/** Reads a file of approved projects, each in the namespace of its organisation. */
export function readProjects(sheet: Sheet, lookup: ProjectLookup): TableReading<Project> {
  return readTable(sheet, {
    columns: PROJECT_COLUMNS,
    read: (row) => projectOf(row, lookup),
    key: ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
  });
}

function projectOf(
  row: TableRow<keyof typeof PROJECT_COLUMNS>,
  { organizations, systems }: ProjectLookup,
): Project | undefined {
  const id = row.cell('id', readId(63));
  const zh = row.cell('title', readLine(120));
  const organization = row.cell('organization', organizations.find);
  const approvalNumber = row.cell('approval', readLine(200));
  const funding = row.cell('funding', readFunding);
  const budget = row.cell('budget', (text) => readMoney(text, row.unit('budget') || row.unitAbove));
  const from = row.cell('from', (text) => readDate(text, row.dateSystem, 'day'));
  const until = row.optional(
    'until',
    (text): Read<string | null> => {
      const date = readDeadline(text, row.dateSystem);
      const early = date.ok && date.value !== null && from !== undefined && date.value < from;
      return early ? wrong('E_CELL_DATE_ORDER') : date;
    },
    null,
  );
  const named = row.cell('systems', (text) => readSystemList(text, systems, organization));
  const en = row.optional('english', readLine(200), null);
  if (row.problems.length > 0 || !id || !zh || !organization || !approvalNumber || !funding) return undefined;
  if (budget === undefined || !from || !named) return undefined;
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Project',
    metadata: { name: id, namespace: namespaceOf(organization) },
    spec: {
      title: { zh, ...(en ? { en } : {}) },
      approvalNumber,
      funding,
      budgetFen: Number(budget),
      from,
      ...(until ? { until } : {}),
      systems: [...named],
    },
  };
}

/** A project that is registered already, as a table says it: what the table has no column for stays as it is. */
export function updatedProject(
  spec: Project['spec'],
  current: Project['spec'],
  columns: ReadonlySet<string>,
): Project['spec'] {
  const kept = <T>(column: keyof typeof PROJECT_COLUMNS, value: T) =>
    columns.has(column) ? undefined : value;
  return {
    ...spec,
    title: { ...spec.title, en: spec.title.en ?? kept('english', current.title.en) },
    until: spec.until ?? kept('until', current.until),
  };
}

/** Systems of the project’s own organisation, by id or title, each once. */
function readSystemList(
  text: string,
  systems: SystemNames,
  organization: string | undefined,
): Read<readonly string[]> {
  const ids = new Set<string>();
  for (const name of listOf(text)) {
    const found = readSystem(name, systems, organization);
    if (!found.ok) return found;
    ids.add(found.value.system);
  }
  return ids.size <= MOST_SYSTEMS ? read([...ids]) : wrong('E_CELL_MANY', { highest: MOST_SYSTEMS });
}
