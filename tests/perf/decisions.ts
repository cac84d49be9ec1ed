import { join } from 'node:path';
import { resourceOf } from '../../api/kind.ts';
import { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { stopAll } from '../../tools/localcity/process.ts';
import { type Figure, figureOf } from './figures.ts';
import type { Asker } from './large-city.ts';
import type { People } from './people.ts';

const REQUESTS = resourceOf(ResourceRequest);
const AIM = { of: 'ratio', atLeast: 0.8 } as const;

interface Deciding {
  /** The city's folder. */
  readonly dir: string;
  readonly people: People;
  readonly askers: readonly Asker[];
  readonly count: number;
  readonly say: (line: string) => void;
}

/**
 * Requests a second that are submitted, quoted and held, until their review is open: a decision with what it writes to
 * the API server. Its floor is a create and a status write of the same requests by as many callers, the operator being
 * stopped; it stays so.
 */
export async function measureDecisions({ dir, people, askers, count, say }: Deciding): Promise<Figure> {
  const value = await perSecond(askers, count, async (asker) => {
    await people.reviewOpen(await people.submit(asker), 'initial');
  });
  const home = openHome(dir);
  await stopAll(home, { only: (name) => name === 'operator' });
  home.close();
  const operator = new KubeClient(await loadAccess({ kubeconfig: join(dir, 'operator/kubeconfig') }));
  const floor = await perSecond(askers, count, async (asker) => {
    const status = { phase: 'Submitted' };
    await operator.mergePatch(REQUESTS, await people.submit(asker), { status }, { subresource: 'status' });
  });
  operator.close();
  say(`decisions: ${value.toFixed(1)} a second, bare ${floor.toFixed(1)}`);
  const name = `${count} requests decided, with their writes`;
  return figureOf({ name, floor: 'a create and a status write', unit: '/s', aim: AIM }, [{ value, floor }]);
}

/** Each asker's one after the other, all askers at once. */
async function perSecond(
  askers: readonly Asker[],
  count: number,
  act: (asker: Asker) => Promise<void>,
): Promise<number> {
  let left = count;
  const started = performance.now();
  await Promise.all(
    askers.map(async (asker) => {
      while (left > 0) {
        left -= 1;
        await act(asker);
      }
    }),
  );
  return (count * 1000) / (performance.now() - started);
}
