import { join } from 'node:path';
import { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { ensureBinaries } from '../../tools/localcity/binaries.ts';
import { PerfCity } from './city.ts';
import { type Command, Govcloud, outputOf, timesInTurn } from './commands.ts';
import { type Aim, figureOf, median, type Run } from './figures.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const REQUESTS = 1_000;
const CALLERS = 8;
/** Starts of each command in one run. */
const ROUNDS = 5;
const AIM: Aim = { of: 'ratio', atMost: 1.5 };

/**
 * `govcloud request list` of 1,000 requests under review, against `kubectl get resourcerequests` of the same, as the
 * same person: the kubectl of the local control plane, so that it is the server's version on every machine.
 */
export const list: Suite = ({ runs, say }) =>
  withScratch(async ({ dir }) => {
    const { kubectl, kubernetesVersion } = await ensureBinaries();
    say('list: starting the city');
    const city = await PerfCity.start(dir);
    try {
      say(`list: ${REQUESTS} requests, each quoted and held by the operator`);
      await submitAll(city);
      const person = ['--kubeconfig', city.kubeconfig, '--context', 'xian-ops'];
      const bundle = await Govcloud.prepare('bundle', join(dir, 'bundle'));
      const govcloud = bundle.command('request', 'list', ...person);
      const bare: Command = {
        file: kubectl,
        args: ['get', 'resourcerequests', ...person],
        env: { KUBECACHEDIR: join(dir, 'kubectl') },
      };
      // Fills the caches of both, and shows that both list all of it.
      for (const command of [bare, govcloud]) await requireAll(command);
      const measured: Run[] = [];
      for (let run = 1; run <= runs; run++) {
        const [floors = [], values = []] = await timesInTurn([bare, govcloud], ROUNDS);
        const [value, floor] = [median(values), median(floors)];
        measured.push({ value, floor });
        say(`list: run ${run} of ${runs}: govcloud ${value.toFixed(1)} ms, kubectl ${floor.toFixed(1)} ms`);
      }
      const name = `govcloud request list of ${REQUESTS}, bundle`;
      const floor = `kubectl get, ${kubernetesVersion}`;
      return [figureOf({ name, floor, unit: 'ms', aim: AIM }, measured)];
    } finally {
      city.close();
    }
  });

async function submitAll(city: PerfCity): Promise<void> {
  let left = REQUESTS;
  const caller = async () => {
    while (left-- > 0) {
      const size = { vcpu: 1, memoryGiB: 4, diskGiB: 20 };
      const request = await city.submit('county', [
        { name: 'vm', item: 'vm', quantity: 1, parameters: size },
      ]);
      await city.seen(ResourceRequest, request.metadata, ({ status }) => status?.phase === 'InReview');
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function requireAll(command: Command): Promise<void> {
  const rows = (await outputOf(command)).split('\n').filter((row) => row !== '').length;
  if (rows !== REQUESTS + 1) throw new Error(`${command.file} lists ${rows - 1} requests, not ${REQUESTS}`);
}
