import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/errors.ts';
import { applyManifests, parseManifests } from '../../kube/manifests.ts';
import type { KubeObject } from '../../kube/types.ts';
import { cityProgress } from '../../messages/city.ts';
import { admissionFor } from '../../policies/admission.ts';
import { readIfThere, writeWhole } from '../localcity/files.ts';
import type { Progress } from '../localcity/progress.ts';
import { waitUntil } from '../localcity/wait.ts';

const ROOT = join(import.meta.dirname, '../..');
export const INSTALLER = 'govcloud-install';

function yamlIn(folder: string): KubeObject[] {
  return readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => parseManifests(readFileSync(join(ROOT, folder, file), 'utf8')));
}

/**
 * Writes the policies that the hub's API server itself holds. A running server follows the folder, so that a file
 * missing for a moment is a rule missing for a minute: files are replaced whole, and only where they differ.
 */
export function writeStaticPolicies(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const wanted = admissionFor({ staticReview: true }).manifests;
  for (const { file, yaml } of wanted) {
    if (readIfThere(join(dir, file)) !== yaml) writeWhole(join(dir, file), yaml, 0o600);
  }
  for (const file of readdirSync(dir)) {
    if (!wanted.some((it) => it.file === file)) rmSync(join(dir, file));
  }
}

/**
 * Kinds, accounts, roles and admission rules: what a hub needs before the operator starts.
 * @param staticReview whether the API server holds the review rule itself
 */
export async function installHub(
  client: KubeClient,
  { staticReview, progress, signal }: { staticReview: boolean; progress: Progress; signal: AbortSignal },
): Promise<void> {
  progress(cityProgress.hubObjects, {});
  const objects = [
    ...yamlIn('api/generated/crds'),
    ...yamlIn('policies/rbac/hub'),
    ...(admissionFor({ staticReview }).objects as unknown as KubeObject[]),
  ];
  await applyManifests(client, objects, { fieldManager: INSTALLER, force: true, signal });
  await waitForPolicies(client, progress, signal);
}

/** A new policy takes some seconds to act: asked by a dry run of what it must refuse, never by waiting a while. */
async function waitForPolicies(client: KubeClient, progress: Progress, signal: AbortSignal): Promise<void> {
  const probe: KubeObject = {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'InformationSystem',
    metadata: { name: 'admission-probe', namespace: 'default' },
    spec: {
      name: { zh: '探针' },
      classified: true,
      level: 'city',
      mlps: { level: 1 },
      dataClass: 'public',
      targetUsers: 0,
      platform: {},
      disasterRecoveryGrade: 0,
      hosting: 'planned',
      contact: { person: '-', phone: '-' },
    },
  };
  const systems = {
    group: 'govcloud.dev',
    version: 'v1alpha1',
    plural: 'informationsystems',
    namespaced: true,
  };
  const started = performance.now();
  let told = started;
  const acts = await waitUntil(
    async () => {
      try {
        await client.create(systems, probe, { dryRun: true });
        if (performance.now() - told > 3000) {
          told = performance.now();
          progress(cityProgress.policies, { seconds: Math.round((told - started) / 1000) });
        }
        return false;
      } catch (error) {
        // Any other refusal (the kind is not served yet, say) is no answer to this question.
        return error instanceof KubeError && /E_[A-Z_]+:/.test(error.message);
      }
    },
    { limitMs: 60_000, signal },
  );
  if (!acts) throw new Error('the admission rules did not act within 60 s');
}
