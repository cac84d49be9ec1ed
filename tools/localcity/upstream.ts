import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { GovError, reason } from '../../domain/errors.ts';
import { writeWhole } from './files.ts';

/**
 * What the local city takes from upstream projects besides their programs, read out of their Go modules at set-up
 * and never copied into this repository.
 */

export const KUBEVIRT = {
  path: 'kubevirt.io/kubevirt',
  version: 'v1.6.0',
  sum: 'h1:xk7NgCHB3PVedEbuR7J+ehfR6ihmoDrjpl8tG3on3VE=',
} as const;

/** KWOK's own stages that make nodes, pods and volumes run, relative to its module's `kustomize/stage`. */
const KWOK_STAGES = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];
const KWOK_VOLUME_STAGES = [
  'volume/fast/pv-bind.yaml',
  'volume/fast/pv-delete.yaml',
  'volume/fast/pvc-provision.yaml',
  'volume/fast/pvc-delete.yaml',
];
/** The ClusterRoles with which KWOK does its work, relative to `kustomize`. */
const KWOK_ROLES = ['rbac/role.yaml', 'stage/volume/rbac/role.yaml'];

export interface KwokFiles {
  /** Stages for nodes and pods. */
  readonly stages: readonly string[];
  /** Stages for volumes of the storage class `kwok-volume`. */
  readonly volumeStages: readonly string[];
  /** Manifests of the ClusterRoles `kwok-controller` and `kwok-volume`. */
  readonly roles: readonly string[];
}

/** Where `copyKwokFiles` has put, or will put, KWOK's files under a folder. */
export function kwokFiles(dir: string): KwokFiles {
  const place = (file: string) => join(dir, targetName(file));
  return {
    stages: KWOK_STAGES.map(place),
    volumeStages: KWOK_VOLUME_STAGES.map(place),
    roles: KWOK_ROLES.map(place),
  };
}

export function copyKwokFiles(moduleDir: string, dir: string): void {
  mkdirSync(dir, { recursive: true });
  const files = [...KWOK_STAGES, ...KWOK_VOLUME_STAGES].map((file) => join('stage', file)).concat(KWOK_ROLES);
  for (const file of files) {
    const from = join(moduleDir, 'kustomize', file);
    if (!existsSync(from))
      throw new GovError(reason('E_UPSTREAM_LAYOUT', { module: 'sigs.k8s.io/kwok', what: from }));
    writeWhole(join(dir, targetName(file)), readFileSync(from));
  }
}

/** `rbac/role.yaml` and `stage/volume/rbac/role.yaml` share a base name. */
function targetName(file: string): string {
  if (!file.endsWith('role.yaml')) return basename(file);
  return file.includes('volume') ? 'volume-role.yaml' : 'role.yaml';
}

/**
 * KubeVirt's CustomResourceDefinition of VirtualMachine as YAML, with the schema that its operator would install.
 * Of the two versions that KubeVirt serves this has `v1`, the stored one; the deprecated `v1alpha3` is left out.
 * @throws GovError E_UPSTREAM_LAYOUT when the module does not hold the schema where v1.6 has it.
 */
export function virtualMachineCrd(moduleDir: string): string {
  const file = join(moduleDir, 'pkg/virt-operator/resource/generate/components/validations_generated.go');
  const schema = existsSync(file)
    ? /^\t"virtualmachine": `(openAPIV3Schema:\n[^`]*)`,$/m.exec(readFileSync(file, 'utf8'))?.[1]
    : undefined;
  if (schema === undefined) {
    throw new GovError(reason('E_UPSTREAM_LAYOUT', { module: KUBEVIRT.path, what: 'virtualmachine schema' }));
  }
  const indented = schema.trimEnd().replaceAll(/^(?=.)/gm, '        ');
  return `# From ${KUBEVIRT.path} ${KUBEVIRT.version} (Apache-2.0)
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: virtualmachines.kubevirt.io
  labels:
    kubevirt.io: ""
spec:
  group: kubevirt.io
  scope: Namespaced
  names:
    kind: VirtualMachine
    plural: virtualmachines
    singular: virtualmachine
    shortNames: [vm, vms]
    categories: [all]
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
      additionalPrinterColumns:
        - name: Age
          type: date
          jsonPath: .metadata.creationTimestamp
        - name: Status
          description: Human Readable Status
          type: string
          jsonPath: .status.printableStatus
        - name: Ready
          type: string
          jsonPath: .status.conditions[?(@.type=='Ready')].status
      schema:
${indented}
`;
}
