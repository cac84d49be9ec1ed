import type {
  Allocation,
  CapacityPool,
  CatalogItem,
  Organization,
  Quota,
  StockImport,
} from '../api/v1alpha1/index.ts';
import { type Canonical, digestOf } from './canonical.ts';
import { checkParameters, consumptionOf, itemVersion, monthlyPriceOf } from './catalogue/item.ts';
import { GovError, type Reason, reason } from './errors.ts';
import { poolAccount } from './placement/place.ts';
import { chainOf, demandsOf, demandsOn, limitedScopes } from './quota/accounts.ts';
import type { Demand } from './quota/fit.ts';

type StockRow = StockImport['spec']['rows'][number];

/** What the bureau's decision on an import must name: a digest of everything in it. */
export function importDigest(spec: StockImport['spec']): string {
  return digestOf(spec as unknown as Canonical).slice(0, 32);
}

/** Digest of what a row says, wherever it stands: the same row in another file is the same stock. */
function rowDigest(row: StockRow): string {
  const { row: _place, ...content } = row;
  return digestOf(content as unknown as Canonical).slice(0, 32);
}

/** The allocation's name of a row; the objects that stand for it in the member derive their names from it. */
function stockName(row: StockRow): string {
  return `stock-${rowDigest(row).slice(0, 16)}`;
}

/** All that a row of opening stock is judged by. */
export interface StockPicture {
  readonly file: StockImport['spec']['file'];
  /** YYYY-MM-DD */
  readonly today: string;
  readonly organizations: ReadonlyMap<string, Organization>;
  readonly quotas: readonly { readonly spec: Quota['spec']; readonly givingOrganization: string }[];
  readonly items: ReadonlyMap<string, CatalogItem>;
  readonly pools: readonly CapacityPool[];
  /** Whether an organisation has registered a system. */
  readonly hasSystem: (organization: string, system: string) => boolean;
}

export type StockVerdict =
  | {
      readonly ok: true;
      readonly name: string;
      readonly spec: Allocation['spec'];
      readonly demands: readonly Demand[];
    }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

/**
 * What a row of opening stock enters into the books, and the allocation that stands for it; or every reason why it
 * is no row. Limits are not asked: what runs already exists, and the books must be able to say so.
 */
export function judgeStockRow(row: StockRow, picture: StockPicture): StockVerdict {
  const where = `rows[${row.row}]`;
  const item = picture.items.get(row.item);
  const [pool] = picture.pools
    .filter(({ spec }) => spec.zone === row.zone && spec.arch === row.arch)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const reasons: Reason[] = [];
  if (!item) reasons.push(reason('E_ITEM_UNKNOWN', { item: row.item }, where));
  else reasons.push(...checkParameters(item.spec, row.parameters, `${where}.parameters`));
  if (!pool) reasons.push(reason('E_POOL_MISSING', { zone: row.zone, arch: row.arch }, where));
  if (!picture.hasSystem(row.organization, row.system)) {
    reasons.push(reason('E_SYSTEM_UNKNOWN', { system: row.system }, where));
  }
  if (!item || !pool || reasons.length > 0) return { ok: false, reasons };
  try {
    const consumes = consumptionOf(row.item, item.spec, row.parameters).times(row.quantity);
    const monthly = monthlyPriceOf(row.item, item.spec, row.parameters, row.arch, picture.today).times(
      row.quantity,
    );
    const place = { organization: row.organization, system: row.system, zone: row.zone, arch: row.arch };
    const chain = chainOf(picture.organizations, row.organization, picture.today);
    return {
      ok: true,
      name: stockName(row),
      demands: [
        ...demandsOf(consumes, place, chain, limitedScopes(picture.quotas)),
        ...demandsOn(poolAccount(pool), consumes),
      ],
      spec: {
        request: { name: stockName(row), uid: picture.file.sm3, serial: '', generation: row.row },
        basis: row.basis,
        requester: '',
        organization: row.organization,
        system: row.system,
        item: row.item,
        itemVersion: itemVersion(item.spec),
        fulfilment: item.spec.fulfilment,
        quantity: row.quantity,
        parameters: row.parameters,
        zone: row.zone,
        arch: row.arch,
        pool: pool.metadata.name,
        cluster: pool.spec.cluster,
        consumes: consumes.toQuantities(),
        monthlyFen: Number(monthly.value),
        from: row.openedOn,
        retainDays: item.spec.retainDays,
        revision: 1,
        changes: [],
        contentRevision: 1,
        adopted: true,
      },
    };
  } catch (error) {
    if (error instanceof GovError)
      return { ok: false, reasons: error.reasons.map((it) => ({ ...it, where })) };
    throw error;
  }
}
