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

/**
 * Makes ready what can be before there is a hub, and gives what then puts a city's objects on it.
 * @param dir the state folder of the local city
 */
export type Load = (
  dir: string,
  city: City,
  around: Around,
) => Promise<(hub: HubAccess, around: Around) => Promise<void>>;

const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

/**
 * Loads a city by running its stack through the engine: the one that stands, so that whoever went on to another one stays
 * there. What was loaded is remembered, and a city that is declared as then is not run through the engine again.
 */
export const loadByEngine: Load = async (dir, city, around) => {
  const file = join(dir, 'loaded');
  installPlugin(join(dir, 'plugins'));
  const stacks = digestOf(stackNames(city.dir).map((name) => loadCity(city.dir, name).manifests) as never);
  const loaded = readIfThere(file);
  const stop = new AbortController();
  const open = () =>
    openStack(dir, city, { ...around, signal: AbortSignal.any([around.signal, stop.signal]) });
  const early = loaded?.endsWith(stacks) ? undefined : await open();
  return async (hub, now) => {
    now.signal.addEventListener('abort', () => stop.abort(now.signal.reason), { once: true });
    const declared = `${await idOf(hub)} ${stacks}`;
    if (loaded === declared) {
      now.progress(cityProgress.cityUnchanged, { count: city.manifests.length });
      return;
    }
    now.progress(cityProgress.city, { count: city.manifests.length });
    rmSync(file, { force: true });
    const { state, program } = early ?? (await open());
    try {
      await state.signIn(hub.client.access);
      await state.up(program, 'govcloud up');
    } finally {
      state.close();
    }
    writeWhole(file, declared);
  };
};

/** The state of the city, and the program of the stack that stands in it. */
async function openStack(dir: string, city: City, around: Around) {
  const [{ cityProgram }, state] = await Promise.all([
    import('../../stacks/program.ts'),
    CityState.open({ dir, ...around }),
  ]);
  const standing = (await state.outputs())['stack'];
  const name = stackNames(city.dir).find((it) => it === standing);
  return { state, program: cityProgram(name === undefined ? city : loadCity(city.dir, name)) };
}

/** What tells one hub from another. */
async function idOf(hub: HubAccess): Promise<string> {
  const system = await hub.client.get<KubeObject>(NAMESPACES, { name: 'kube-system' });
  return system.metadata.uid ?? '';
}
