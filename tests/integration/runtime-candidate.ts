/**
 * A process that stands for election and says so on stdout, a line of JSON each: {"leading": epoch},
 * {"lost": epoch}, {"stopped": true}. SIGTERM stops it gracefully.
 * Arguments: kubeconfig, namespace, identity.
 */
import { pino } from 'pino';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { LeaderElector } from '../../operator/runtime/leader.ts';

const [kubeconfig = '', namespace = '', identity = ''] = process.argv.slice(2);
const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', plural: 'configmaps', namespaced: true };
type Counter = KubeObject & { data?: { epoch: string } };

const client = new KubeClient(await loadAccess({ kubeconfig }));
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Counts up by compare-and-set, as the books do. */
async function takeEpoch(): Promise<number> {
  for (;;) {
    const counter = await client.get<Counter>(CONFIG_MAPS, { namespace, name: 'epoch' });
    const epoch = Number(counter.data?.epoch) + 1;
    try {
      await client.update(CONFIG_MAPS, { ...counter, data: { epoch: String(epoch) } });
      return epoch;
    } catch (error) {
      if (!isKubeError(error, 'E_API_CONFLICT')) throw error;
    }
  }
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

await new LeaderElector({
  client,
  namespace,
  name: 'operator',
  identity,
  settings: { leaseSeconds: 3, renewDeadlineMs: 2_000, retryMs: 200 },
  takeEpoch,
  onStarted: async ({ epoch, stop, lost }) => {
    say({ leading: epoch });
    lost.addEventListener('abort', () => say({ lost: epoch }));
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve));
  },
  clock: systemClock,
  random: Math.random,
  log: pino({ level: 'silent' }),
  metrics: { leading: () => {} },
}).run(stop.signal);
say({ stopped: true });
client.close();
