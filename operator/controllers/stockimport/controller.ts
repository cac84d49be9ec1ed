import { resourceOf } from '../../../api/kind.ts';
import { Allocation, codeOf, namespaceOf, StockImport } from '../../../api/v1alpha1/index.ts';
import { cityDay } from '../../../domain/calendar.ts';
import type { Canonical } from '../../../domain/canonical.ts';
import { type Reason, reason } from '../../../domain/errors.ts';
import { reasonTexts } from '../../../domain/request/quote.ts';
import { importDigest, judgeStockRow, type StockPicture } from '../../../domain/stock-import.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { Hub } from '../../adapters/hub.ts';
import { getIfThere } from '../../adapters/members.ts';
import { proveDigestReview } from '../../adapters/review-rule.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

const IMPORTS = resourceOf(StockImport);
const ALLOCATIONS = resourceOf(Allocation);

type Status = NonNullable<StockImport['status']>;
type RowResult = NonNullable<Status['rows']>[number];

/** How many rows are entered between two writes of the status. */
const ROWS_PER_STATUS = 50;

/**
 * Opens the books with a batch that the bureau approved: each good row becomes a dated entry and an allocation, each
 * bad one is named with its reasons. A row is entered at most once, by the file's SM3 and its number.
 */
export async function reconcileStockImport(term: Term, key: string): Promise<void> {
  const { hub, books } = term;
  let object = hub.imports.get(key) as StockImport | undefined;
  if (!object) return;
  const { metadata, spec } = object;
  const write = async (status: Status): Promise<void> => {
    const decisions = object?.status?.decisions ?? [];
    object = await writeStatus(term, IMPORTS, object as StockImport, { ...status, decisions });
  };
  const digest = importDigest(spec);
  const status = object.status ?? {};
  const generation = metadata.generation ?? 0;
  if (status.digest !== digest || status.state === undefined) {
    await write({ digest, state: 'PendingApproval', observedGeneration: generation });
    return;
  }
  if (status.state === 'Opened' || status.state === 'Rejected') return;
  const subject = { kind: StockImport.kind, uid: metadata.uid ?? '', namespace: '', name: metadata.name };
  const copies = await books.recordDigestDecisions(subject, status.decisions ?? []);
  const counted = copies.find((copy) => copy.ticket === digest && copy.reviewer !== spec.requester);
  if (!counted) return;
  if (counted.verdict !== 'approve')
    return write({ ...status, state: 'Rejected', observedGeneration: generation });
  await proveDigestReview(hub.client, StockImport, metadata.name);

  const picture = pictureOf(hub, spec.file, cityDay(await books.time()));
  const done = new Map((status.rows ?? []).map((row) => [row.row, row]));
  for (const row of spec.rows) {
    if (done.has(row.row)) continue;
    done.set(row.row, await enterRow(term, row, picture, digest));
    if (done.size % ROWS_PER_STATUS === 0) {
      await write({ ...status, state: 'Approved', rows: [...done.values()], observedGeneration: generation });
    }
  }
  const rows = [...done.values()];
  term.booksMoved();
  await write({
    ...status,
    state: 'Opened',
    rows,
    opened: rows.filter(({ result }) => result === 'Opened').length,
    refused: rows.filter(({ result }) => result === 'Refused').length,
    observedGeneration: generation,
  });
}

async function enterRow(
  { hub, books }: Term,
  row: StockImport['spec']['rows'][number],
  picture: StockPicture,
  digest: string,
): Promise<RowResult> {
  const refused = (reasons: readonly Reason[]): RowResult => ({
    row: row.row,
    result: 'Refused',
    reasons: reasonTexts(reasons).slice(0, 16),
  });
  const verdict = judgeStockRow(row, picture);
  if (!verdict.ok) return refused(verdict.reasons);
  const { name, spec, demands } = verdict;
  const namespace = namespaceOf(spec.organization);
  const there = await getIfThere<Allocation>(hub.client, ALLOCATIONS, { namespace, name });
  if (there && (there.spec.request.uid !== spec.request.uid || there.spec.request.generation !== row.row)) {
    return refused([reason('E_STOCK_KNOWN', { allocation: `${namespace}/${name}` }, `rows[${row.row}]`)]);
  }
  const state = await books.stockState(picture.file.sm3, row.row);
  // What a row asks of which accounts depends on the quotas of the day on which it was first entered.
  if (state === 'absent') {
    await books.ledger.open({
      key: { requestUid: picture.file.sm3, generation: row.row, attempt: 1 },
      ticket: digest,
      document: row as unknown as Canonical,
      legs: demands,
      effectiveAt: new Date(`${row.openedOn}T00:00:00+08:00`),
    });
  }
  // What was released since is not given again.
  if (!there && state !== 'credited') {
    const allocation: Allocation = {
      apiVersion: 'govcloud.dev/v1alpha1',
      kind: 'Allocation',
      metadata: { name, namespace },
      spec,
    };
    try {
      await hub.client.create(ALLOCATIONS, allocation);
    } catch (error) {
      if (!isKubeError(error, 'E_API_EXISTS')) throw error;
    }
  }
  return { row: row.row, result: 'Opened', allocation: `${namespace}/${name}` };
}

export function pictureOf(hub: Hub, file: StockImport['spec']['file'], today: string): StockPicture {
  return {
    file,
    today,
    organizations: new Map(hub.organizations.list().map((it) => [it.metadata.name, it])),
    quotas: hub.quotas.list().flatMap((it) => {
      const givingOrganization = codeOf(it.metadata.namespace ?? '');
      return givingOrganization === undefined ? [] : [{ spec: it.spec, givingOrganization }];
    }),
    items: new Map(hub.items.list().map((it) => [it.metadata.name, it])),
    pools: hub.pools.list(),
    hasSystem: (organization, system) =>
      hub.systems.get(`${namespaceOf(organization)}/${system}`) !== undefined,
  };
}
