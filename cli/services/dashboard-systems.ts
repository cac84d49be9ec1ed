import type { Allocation, InformationSystem, ResourceRequest } from '../../api/v1alpha1/index.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import type { Reader } from '../output/reader.ts';
import type { SystemFacts } from '../report/pages.ts';
import { systemPage } from '../views/catalogue.ts';
import { usageReport } from './usage.ts';

/** Every system that the hub's user may see, with all that its page shows; asked for at once, not one by one. */
export async function everySystem(hub: Hub, reader: Reader): Promise<readonly SystemFacts[]> {
  const [systems, allocations, requests, usage] = await Promise.all([
    hub.list<InformationSystem>(kinds.informationSystems),
    hub.list<Allocation>(kinds.allocations),
    hub.list<ResourceRequest>(kinds.resourceRequests),
    usageReport(hub, { system: undefined, allocation: undefined, from: undefined, until: undefined }),
  ]);
  const pathOf = (namespace: string | undefined, system: string) => `${namespace}/${system}`;
  const ofSpec = (it: { metadata: { namespace?: string }; spec: { system: string } }) =>
    pathOf(it.metadata.namespace, it.spec.system);
  const granted = Map.groupBy(allocations, ofSpec);
  const asked = Map.groupBy(requests, ofSpec);
  const used = Map.groupBy(usage, (it) => pathOf(it.metadata.namespace, it.system));
  return systems.map((system) => {
    const path = pathOf(system.metadata.namespace, system.metadata.name);
    return {
      system,
      about: systemPage(system, reader),
      allocations: granted.get(path) ?? [],
      requests: asked.get(path) ?? [],
      usage: used.get(path) ?? [],
    };
  });
}
