import { resourceOf } from '../../../api/kind.ts';
import { Allocation } from '../../../api/v1alpha1/index.ts';
import { ALLOCATION_FINALIZER } from '../../../domain/allocation/decide.ts';
import { ALLOCATION_LABEL, anchorName, firstHolderOf } from '../../../domain/allocation/objects.ts';
import type { AllocationAction, ErasureBasis } from '../../../domain/allocation/picture.ts';
import { DISK_KINDS } from '../../../domain/catalogue/render.ts';
import type { ErasedDisk } from '../../../books/erasures.ts';
import { isKubeError } from '../../../kube/errors.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { KubeObject, ResourceRef } from '../../../kube/types.ts';
import { CONFIG_MAPS, NAMESPACES, SECRETS } from '../../adapters/hub.ts';
import { FIELD_MANAGER, isGone } from '../../adapters/members.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';

const ALLOCATIONS = resourceOf(Allocation);
/** Objects of one allocation that are written at a time. */
const WRITES_AT_ONCE = 8;
/** What the people of a namespace of their own keep data in there. */
const CLAIMS: ResourceRef = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  namespaced: true,
};
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'govcloud' };

/** Carries one action out and gives the allocation as it now is. Any action may be repeated after a crash. */
export async function applyAllocationAction(
  term: Term,
  allocation: Allocation,
  action: Exclude<AllocationAction, { do: 'wait' }>,
): Promise<Allocation> {
  const { hub, books, members } = term;
  const { metadata, spec } = allocation;
  const member = (): Promise<KubeClient> => members.client(spec.cluster);
  const update = async (next: Allocation) => (await hub.client.update(ALLOCATIONS, next)) as Allocation;
  const project = (status: Omit<NonNullable<Allocation['status']>, 'handovers'>) =>
    writeStatus(term, ALLOCATIONS, allocation, {
      ...status,
      handovers: allocation.status?.handovers ?? [],
    });
  const sayErased = async (disks: readonly ErasedDisk[], basis: ErasureBasis) => {
    const subject = { uid: metadata.uid ?? '', namespace: metadata.namespace ?? '', name: metadata.name };
    if (disks.length > 0) await books.recordErasures(subject, basis, disks);
  };
  switch (action.do) {
    case 'addFinalizer': {
      const finalizers = [...(metadata.finalizers ?? []), ALLOCATION_FINALIZER];
      return update({ ...allocation, metadata: { ...metadata, finalizers } });
    }
    case 'removeFinalizer': {
      const finalizers = (metadata.finalizers ?? []).filter((it) => it !== ALLOCATION_FINALIZER);
      return update({ ...allocation, metadata: { ...metadata, finalizers } });
    }
    case 'recordHandovers': {
      const subject = {
        kind: 'Allocation',
        uid: metadata.uid ?? '',
        namespace: metadata.namespace ?? '',
        name: metadata.name,
      };
      await books.recordHandovers(subject, action.handovers);
      return allocation;
    }
    case 'ensureNamespace': {
      // It may be shared with what stayed with who had this first.
      const { organization, system } = firstHolderOf(allocation);
      await (await member()).apply(
        NAMESPACES,
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: {
            name: action.namespace,
            labels: {
              ...MANAGED_BY,
              'govcloud.dev/organization': organization,
              'govcloud.dev/system': system,
              'pod-security.kubernetes.io/enforce': 'restricted',
            },
          },
        },
        { fieldManager: FIELD_MANAGER, force: true },
      );
      return allocation;
    }
    case 'writeAnchor': {
      const anchor: KubeObject & { data: Record<string, string> } = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: anchorName(allocation),
          namespace: action.namespace,
          labels: { ...MANAGED_BY, [ALLOCATION_LABEL]: metadata.uid ?? '' },
        },
        data: {
          allocation: `${metadata.namespace}/${metadata.name}`,
          inventory: JSON.stringify(action.inventory),
        },
      };
      await (await member()).apply(CONFIG_MAPS, anchor, { fieldManager: FIELD_MANAGER, force: true });
      return allocation;
    }
    case 'apply': {
      const client = await member();
      const left = [...action.objects];
      const worker = async () => {
        for (let object = left.shift(); object; object = left.shift()) {
          const resource = await client.discover(object.apiVersion, object.kind);
          // An approved change outweighs what somebody edited by hand; what nobody approved is only reported.
          const options = { fieldManager: FIELD_MANAGER, force: true };
          await client.apply(resource, object as unknown as KubeObject, options);
        }
      };
      await Promise.all(Array.from({ length: WRITES_AT_ONCE }, worker));
      return allocation;
    }
    case 'delete': {
      const client = await member();
      const disks = action.objects.filter(({ identity }) => DISK_KINDS.has(identity.kind));
      await sayErased(
        disks.map(({ identity: { kind }, live }) =>
          erasedDisk(spec.cluster, kind, live as unknown as KubeObject),
        ),
        action.basis,
      );
      for (const { identity, live } of action.objects) {
        const resource = await client.discover(identity.apiVersion, identity.kind);
        const { uid, resourceVersion, namespace } = (live as unknown as KubeObject).metadata;
        const object = { name: identity.name, ...(namespace === undefined ? {} : { namespace }) };
        await ignoreGone(
          client.delete(resource, object, { uid, resourceVersion, propagationPolicy: 'Foreground' }),
          identity.name,
        );
      }
      return allocation;
    }
    case 'deleteAnchor': {
      const object = { namespace: action.namespace, name: anchorName(allocation) };
      await ignoreGone((await member()).delete(CONFIG_MAPS, object, { uid: action.uid }), object.name);
      return allocation;
    }
    case 'deleteNamespace': {
      const { namespace: name, uid, basis } = action;
      const client = await member();
      const { items } = await client.list(CLAIMS, { namespace: name });
      await sayErased(
        items.map((claim) => erasedDisk(spec.cluster, 'PersistentVolumeClaim', claim)),
        basis,
      );
      await ignoreGone(client.delete(NAMESPACES, { name }, { uid }), name);
      return allocation;
    }
    case 'credit': {
      const { request, generation, attempt, amounts, and } = action;
      const origin = { requestUid: spec.request.uid, generation: spec.request.generation };
      await books.credit({ request, generation, attempt }, origin, amounts);
      term.booksMoved();
      if (and !== 'settle') return project(and.status);
      const { pendingCredit: _settled, ...rest } = spec;
      return update({ ...allocation, spec: rest });
    }
    case 'withdrawSecret':
      await ignoreGone(
        hub.client.delete(SECRETS, { namespace: metadata.namespace ?? '', name: action.name }),
        action.name,
      );
      return project(action.status);
    case 'copySecret':
      await hub.client.apply(
        SECRETS,
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: {
            name: action.name,
            namespace: metadata.namespace ?? '',
            labels: MANAGED_BY,
            ownerReferences: [
              {
                apiVersion: allocation.apiVersion,
                kind: allocation.kind,
                name: metadata.name,
                uid: metadata.uid ?? '',
              },
            ],
          },
          type: 'Opaque',
          data: action.data,
        } as KubeObject,
        { fieldManager: FIELD_MANAGER, force: true },
      );
      return project({
        ...allocation.status,
        credentialsSecret: action.name,
        credentialsDigest: action.digest,
      });
    case 'project':
      return project(action.status);
  }
}

/** A disk as the books keep it: where it stood, and which it was. */
function erasedDisk(cluster: string, kind: string, { metadata }: KubeObject): ErasedDisk {
  const { name, uid = '', namespace = '' } = metadata;
  return { cluster, namespace, kind, name, uid };
}

/** A delete of what is gone, or is no longer what was seen, is done or will be decided on anew. */
async function ignoreGone(deletion: Promise<void>, name: string): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!isGone(error, name) && !isKubeError(error, 'E_API_CONFLICT')) throw error;
  }
}
