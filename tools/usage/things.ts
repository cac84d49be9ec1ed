import { parseQuantity } from '../../domain/quantity.ts';

/**
 * What stands in a member, as far as it is measured. Read off the objects, since in the local city nothing really runs: a
 * container namespace gets a workload that its quota would hold, as its tenants would have put there.
 */
export interface Thing {
  readonly kind: 'pod' | 'machine' | 'claim' | 'namespace';
  readonly namespace: string;
  readonly name: string;
  /** Of a pod of a tenant, whose name changes when the tenant renames it. */
  readonly isTenants?: boolean;
  readonly millicores?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly disk?: number;
  /** Of a namespace whose system may tell of its users. */
  readonly system?: TellingSystem;
}

/** A system, and how many are meant to use it. */
export interface TellingSystem {
  readonly name: string;
  readonly targetUsers: number;
}

/** An object of a member. */
export interface PlacedObject {
  readonly namespace: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name: string };
    readonly spec?: unknown;
  };
}

interface Limits {
  readonly cpu?: string | number;
  readonly memory?: string;
}

interface SpecPart {
  readonly replicas?: number;
  readonly template?: {
    readonly spec: {
      readonly containers?: readonly { readonly resources?: { readonly limits?: Limits } }[];
      readonly domain?: { readonly resources?: { readonly limits?: Limits } };
      readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
    };
  };
  readonly volumeMode?: string;
  readonly resources?: { readonly requests?: { readonly storage?: string } };
  readonly hard?: Readonly<Record<string, string>>;
}

/** @param systems by their namespace in members */
export function thingsOf(
  objects: readonly PlacedObject[],
  systems: ReadonlyMap<string, TellingSystem> = new Map(),
): readonly Thing[] {
  const claims = new Map(
    objects
      .filter(({ object }) => object.kind === 'PersistentVolumeClaim')
      .map(({ namespace, object }) => [`${namespace}/${object.metadata.name}`, object.spec as SpecPart]),
  );
  const diskOf = (namespace: string, name: string) =>
    bytes('ssd', claims.get(`${namespace}/${name}`)?.resources?.requests?.storage);
  const namespaces = [...new Set(objects.map(({ namespace }) => namespace))];
  return [
    ...namespaces.map((namespace): Thing => {
      const system = systems.get(namespace);
      return { kind: 'namespace', namespace, name: namespace, ...(system ? { system } : {}) };
    }),
    ...objects.flatMap(({ namespace, object }): Thing[] => {
      const { name } = object.metadata;
      const spec = (object.spec ?? {}) as SpecPart;
      const pod = spec.template?.spec;
      switch (object.kind) {
        case 'StatefulSet': {
          const limits = pod?.containers?.[0]?.resources?.limits ?? {};
          const amounts = { millicores: bytes('vcpu', limits.cpu), memory: bytes('memory', limits.memory) };
          return Array.from({ length: spec.replicas ?? 1 }, (_, index) => {
            return { kind: 'pod', namespace, name: `${name}-${index}`, ...amounts };
          });
        }
        case 'VirtualMachine': {
          const limits = pod?.domain?.resources?.limits ?? {};
          const disks = pod?.volumes?.flatMap(({ persistentVolumeClaim: it }) => it?.claimName ?? []) ?? [];
          return [
            {
              kind: 'machine',
              namespace,
              name,
              millicores: bytes('vcpu', limits.cpu),
              memory: bytes('memory', limits.memory),
              disk: disks.reduce((sum, claim) => sum + diskOf(namespace, claim), 0),
            },
          ];
        }
        case 'PersistentVolumeClaim':
          // Of a block device the kubelet does not know what is on it.
          return spec.volumeMode === 'Block'
            ? []
            : [{ kind: 'claim', namespace, name, disk: diskOf(namespace, name) }];
        case 'ResourceQuota': {
          const hard = spec.hard ?? {};
          const of = { namespace, isTenants: true };
          return [
            {
              ...of,
              kind: 'pod',
              name: 'web',
              millicores: bytes('vcpu', hard['requests.cpu']),
              memory: bytes('memory', hard['requests.memory']),
            },
            { ...of, kind: 'claim', name: 'web-data', disk: bytes('ssd', hard['requests.storage']) },
          ];
        }
        default:
          return [];
      }
    }),
  ];
}

function bytes(resource: 'vcpu' | 'memory' | 'ssd', text: string | number | undefined): number {
  return text === undefined ? 0 : Number(parseQuantity(resource, String(text)).value);
}
