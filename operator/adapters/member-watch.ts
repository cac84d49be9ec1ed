import type { Logger } from 'pino';
import { ALLOCATION_LABEL } from '../../domain/allocation/objects.ts';
import { ALLOWED_KINDS, MACHINE_KIND, OPENSTACK_KINDS } from '../../domain/catalogue/render.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { sleep } from '../runtime/clock.ts';
import { Informer } from '../runtime/informer.ts';
import type { InformerSurroundings } from './hub.ts';
import type { Members } from './members.ts';

/**
 * Follows the objects of allocations in one member, only to hear of their changes: what is decided on is read
 * live. A member that does not answer is waited for, and holds nobody up; one whose credential changes is followed with
 * the new one.
 */
export async function watchMember(
  members: Members,
  cluster: string,
  changed: (allocationUid: string) => void,
  around: InformerSurroundings & { readonly retryMs: number },
  signal: AbortSignal,
): Promise<void> {
  const log: Logger = around.log.child({ member: cluster });
  while (!signal.aborted) {
    let until = signal;
    try {
      const { client, replaced } = await members.connection(cluster);
      until = AbortSignal.any([signal, replaced]);
      const informers: Informer[] = [];
      for (const resource of await kindsServed(client, until)) {
        const informer = new Informer<KubeObject>({
          client,
          resource,
          labelSelector: ALLOCATION_LABEL,
          clock: around.clock,
          random: around.random,
          log,
          metrics: around.metrics.informer(`${cluster}/${resource.plural}`),
          settings: { relistMs: around.relistMs },
        });
        informer.subscribe(changed, (object) => {
          const uid = object.metadata.labels?.[ALLOCATION_LABEL];
          return uid ? [uid] : [];
        });
        informers.push(informer);
      }
      await Promise.all(informers.map((informer) => informer.run(until)));
    } catch (error) {
      if (until.aborted) continue;
      // What is wrong with one member or its credential, or a hub that is not warm yet, must not end the operator.
      log.warn({ err: error }, 'member is not watched yet');
      await sleep(around.clock, around.retryMs, signal);
    }
  }
}

/** A member makes machines by KubeVirt or by k-orc: it must serve every other kind, and one of the two in full. */
async function kindsServed(client: KubeClient, signal: AbortSignal): Promise<ResourceRef[]> {
  const served = async (kinds: Iterable<string>) => {
    const found: ResourceRef[] = [];
    for (const allowed of kinds) {
      const [kind = '', version = '', group = ''] = allowed.split('/').reverse();
      found.push(await client.discover(group ? `${group}/${version}` : version, kind, { signal }));
    }
    return found;
  };
  const common = await served(
    [...ALLOWED_KINDS].filter((it) => it !== MACHINE_KIND && !OPENSTACK_KINDS.has(it)),
  );
  const [kubevirt, openstack] = await Promise.allSettled([served([MACHINE_KIND]), served(OPENSTACK_KINDS)]);
  const machines = [kubevirt, openstack].flatMap((it) => (it.status === 'fulfilled' ? it.value : []));
  if (machines.length === 0 && kubevirt.status === 'rejected') throw kubevirt.reason;
  return [...common, ...machines];
}
