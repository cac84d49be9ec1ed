import type { Allocation, CatalogItem } from '../../api/v1alpha1/index.ts';
import { codeOf } from '../../api/v1alpha1/index.ts';
import type { HeldDocument } from '../approval/ticket.ts';
import { ResourceVector } from '../quantity.ts';

type Spec = Allocation['spec'];

/**
 * The allocations that a posted provision gives, by name, from what was held and never from the live object.
 * @param items the items' specs at the versions that were quoted, by version
 * @param from first day, YYYY-MM-DD
 */
export function provisioned(
  document: HeldDocument,
  items: ReadonlyMap<string, CatalogItem['spec']>,
  from: string,
): readonly { readonly name: string; readonly spec: Spec }[] {
  const { request, spec, quote, generation } = document;
  const { zone, arch, pool, cluster } = quote;
  if (zone === undefined || arch === undefined || pool === undefined || cluster === undefined)
    throw new Error(`request ${request.name} was not placed`);
  return spec.lines.map((line) => {
    const quoted = quote.lines.find(({ name }) => name === line.name);
    const item = quoted && items.get(quoted.itemVersion);
    if (!quoted || !item)
      throw new Error(`line ${line.name} of ${request.name} was not quoted or its item is lost`);
    return {
      // A serial number has one shape and is given once: the name is unique, and short enough for any object.
      name: `${request.serial.toLowerCase()}-${line.name}`,
      spec: {
        request: { name: request.name, uid: request.uid, serial: request.serial, generation },
        requester: spec.requester,
        organization: codeOf(request.namespace) ?? '',
        system: spec.system,
        project: spec.project,
        item: line.item,
        itemVersion: quoted.itemVersion,
        fulfilment: item.fulfilment,
        quantity: line.quantity,
        parameters: line.parameters,
        zone,
        arch,
        pool,
        cluster,
        consumes: quoted.consumes,
        monthlyFen: quoted.monthlyFen,
        from,
        ...(spec.until === undefined ? {} : { until: spec.until }),
        retainDays: item.retainDays,
        revision: 1,
        changes: [
          { revision: 1, action: 'Provision', request: request.uid, generation, serial: request.serial },
        ],
        contentRevision: 1,
      },
    };
  });
}

/**
 * An allocation's spec after a posted change. Amounts going up were posted before; amounts going down stay posted
 * until the member shows that they are gone.
 * @param on the day of the grant, YYYY-MM-DD
 */
export function changed(current: Spec, document: HeldDocument, on: string): Spec {
  const { request, spec, quote, generation } = document;
  const revision = current.revision + 1;
  const entry = { revision, action: spec.action, request: request.uid, generation, serial: request.serial };
  const base: Spec = { ...current, revision, changes: [...current.changes, entry] };
  switch (spec.action) {
    case 'Renew':
      return { ...base, ...(spec.until === undefined ? {} : { until: spec.until }) };
    case 'Release':
      return { ...base, released: true, releasedOn: on };
    case 'Suspend':
      return { ...base, suspended: true };
    case 'Resume': {
      const { suspended: _over, ...resumed } = base;
      return resumed;
    }
    case 'Resize': {
      const [line] = spec.lines;
      const [quoted] = quote.lines;
      if (!line || !quoted) throw new Error(`resize ${request.name} has no line`);
      const freed = ResourceVector.parse(current.consumes)
        .minus(ResourceVector.parse(quoted.consumes))
        .positivePart();
      return {
        ...base,
        contentRevision: revision,
        itemVersion: quoted.itemVersion,
        quantity: line.quantity,
        parameters: line.parameters,
        consumes: quoted.consumes,
        monthlyFen: quoted.monthlyFen,
        requester: spec.requester,
        ...(freed.isZero()
          ? {}
          : { pendingCredit: { request: request.uid, generation, amounts: freed.toQuantities() } }),
      };
    }
    case 'Provision':
    case 'Transfer':
    case 'RaiseQuota':
      throw new Error(`${spec.action} changes no allocation`);
  }
}
