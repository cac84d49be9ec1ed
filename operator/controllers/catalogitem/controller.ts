import { resourceOf } from '../../../api/kind.ts';
import { CatalogItem } from '../../../api/v1alpha1/index.ts';
import { checkItem, itemVersion, levelsPatch } from '../../../domain/catalogue/item.ts';
import { settleConditions } from '../../../domain/conditions.ts';
import { type Reason, reasonText } from '../../../domain/errors.ts';
import { inUse } from '../../../domain/in-use.ts';
import { itemReferences, resolvedRefs } from '../../../domain/references.ts';
import { sameJson } from '../../../domain/same.ts';
import { infrastructureConditions } from '../../../messages/infrastructure.ts';
import { isKubeError } from '../../../kube/errors.ts';
import {
  CONFIG_MAPS,
  CONTROLLER_REVISIONS,
  type ItemRevision,
  itemRevisionName,
  SYSTEM_NAMESPACE,
} from '../../adapters/hub.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

/** The levels of all items, as the admission rule on requests reads them. */
export const ITEM_LEVELS = { name: 'item-levels', namespace: SYSTEM_NAMESPACE };

export async function keepItemLevels({ hub }: Term): Promise<void> {
  const kept = hub.configuration.get(`${ITEM_LEVELS.namespace}/${ITEM_LEVELS.name}`);
  const data = levelsPatch(kept?.data ?? {}, hub.items.list());
  if (data) await hub.client.mergePatch(CONFIG_MAPS, ITEM_LEVELS, { data });
}

/**
 * Checks an item when it is applied, and keeps a snapshot of each version, so that what was granted can be
 * rendered as it was approved after the item has changed.
 */
export async function reconcileCatalogItem(
  term: Term,
  key: string,
  check: (version: string, item: CatalogItem) => readonly Reason[],
): Promise<void> {
  const { hub, clock } = term;
  const item = hub.items.get(key);
  if (!item) return;
  const version = itemVersion(item.spec);
  const reasons = check(version, item);
  const revision: ItemRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: itemRevisionName(version),
      namespace: SYSTEM_NAMESPACE,
      labels: { 'govcloud.dev/item': item.metadata.name },
    },
    data: item.spec,
    revision: item.metadata.generation ?? 1,
  };
  if (reasons.length === 0 && !hub.itemAt(version)) {
    try {
      await hub.client.create(CONTROLLER_REVISIONS, revision);
    } catch (error) {
      // The version is a digest of the content: one that exists is this one.
      if (!isKubeError(error, 'E_API_EXISTS')) throw error;
    }
  }
  const valid = {
    type: 'Valid',
    ...(reasons.length === 0
      ? { status: 'True' as const, reason: 'Checked', message: infrastructureConditions.itemValid }
      : {
          status: 'False' as const,
          reason: 'CheckFailed',
          message: infrastructureConditions.itemInvalid,
          params: {
            problems: {
              zh: reasons.map((it) => reasonText(it, 'zh')).join('; '),
              en: reasons.map((it) => reasonText(it, 'en')).join('; '),
            },
          },
        }),
  };
  const used = inUse(
    hub.usersOf('item', item.metadata.name),
    { used: 'Granted', free: 'Free' },
    'kubectl get allocations,resourcerequests -A',
  );
  const generation = item.metadata.generation ?? 0;
  const now = new Date(clock.now()).toISOString();
  const status = {
    version,
    conditions: settleConditions(
      item.status?.conditions,
      [valid, used, resolvedRefs(itemReferences(item, hub.zones()))],
      now,
      generation,
    ),
    observedGeneration: generation,
  };
  if (!sameJson(item.status, status)) await writeStatus(term, resourceOf(CatalogItem), item, status);
}

/** Checks each version once: an item is looked at whenever something is granted from it. */
export function itemChecks(): (version: string, item: CatalogItem) => readonly Reason[] {
  const known = new Map<string, readonly Reason[]>();
  return (version, item) => {
    const key = `${item.metadata.name}/${version}`;
    const reasons = known.get(key) ?? checkItem(item.metadata.name, item.spec);
    known.set(key, reasons);
    return reasons;
  };
}
