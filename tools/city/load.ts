import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../domain/canonical.ts';
import type { KubeObject } from '../../kube/types.ts';
import { cityProgress } from '../../messages/city.ts';
import { type City, loadCity } from '../../stacks/city.ts';
import { stackNames } from '../../stacks/stack.ts';
import { readIfThere, writeWhole } from '../localcity/files.ts';
import { installPlugin } from '../pulumi/plugin/install.ts';
import { CityState } from '../pulumi/state.ts';
import type { HubAccess } from './hub-access.ts';
import type { Around } from './settle.ts';

/** Puts a city's objects on its hub. @param dir the state folder of the local city */
export type Load = (dir: string, hub: HubAccess, city: City, around: Around) => Promise<void>;

const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

/**
 * Loads a city by running its stack through the engine: the one that stands, so that whoever went on to another one stays
 * there. What was loaded is remembered, and a city that is declared as then is not run through the engine again.
 */
export const loadByEngine: Load = async (dir, hub, city, around) => {
  const file = join(dir, 'loaded');
  const declared = await declarationOf(hub, city);
  installPlugin(join(dir, 'plugins'));
  if (readIfThere(file) === declared) {
    around.progress(cityProgress.cityUnchanged, { count: city.manifests.length });
    return;
  }
  around.progress(cityProgress.city, { count: city.manifests.length });
  rmSync(file, { force: true });
  const { cityProgram } = await import('../../stacks/program.ts');
  const state = await CityState.open({ dir, access: hub.client.access, ...around });
  try {
    const standing = (await state.outputs())['stack'];
    const name = stackNames(city.dir).find((it) => it === standing);
    await state.up(cityProgram(name === undefined ? city : loadCity(city.dir, name)), 'govcloud up');
  } finally {
    state.close();
  }
  writeWhole(file, declared);
};

/** A digest of every stack of the city, for this hub. */
async function declarationOf(hub: HubAccess, { dir }: City): Promise<string> {
  const system = await hub.client.get<KubeObject>(NAMESPACES, { name: 'kube-system' });
  const stacks = stackNames(dir).map((name) => loadCity(dir, name).manifests);
  return digestOf([system.metadata.uid, ...stacks] as never);
}
