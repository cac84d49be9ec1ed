import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, InformationSystem } from '../../api/v1alpha1/index.ts';
import { systemNamespaceOf } from '../../domain/allocation/objects.ts';
import { digestOf } from '../../domain/canonical.ts';
import { GovError } from '../../domain/errors.ts';
import { cityProgress } from '../../messages/city.ts';
import type { City } from '../../stacks/city.ts';
import { cacheRoot } from '../localcity/go.ts';
import type { Cluster } from '../localcity/cluster.ts';
import { writeWhole } from '../localcity/files.ts';
import type { Home } from '../localcity/home.ts';
import { reservePorts } from '../localcity/ports.ts';
import { answersOk } from '../localcity/probe.ts';
import { startProcess, type StartOptions } from '../localcity/process.ts';
import { startPrometheus } from '../localcity/prometheus.ts';
import { type PrometheusBinaries, prometheusBinaries } from '../prometheus.ts';
import { BEHAVIOUR_VERSION } from '../usage/behaviour.ts';
import { makeHistory } from '../usage/history.ts';
import { type TellingSystem, thingsOf } from '../usage/things.ts';
import { writeSecret } from './access.ts';
import { memberKubeconfig } from './member.ts';
import { nodeEnv, operatorAddress } from './services.ts';
import { stockObjects } from './stock.ts';

const DAY_MS = 86_400_000;
const HISTORY_DAYS = 92;

/**
 * Starts what measures use: Prometheus with a history of ninety days, and the exporter that speaks for the members.
 * @returns where Prometheus answers; undefined on a machine that has none
 */
export async function startUsage(
  home: Home,
  members: readonly Cluster[],
  city: City,
  start: StartOptions,
): Promise<string | undefined> {
  const progress = start.progress ?? (() => {});
  let binaries: PrometheusBinaries;
  try {
    binaries = prometheusBinaries();
  } catch (error) {
    if (!(error instanceof GovError)) throw error;
    progress(cityProgress.noPrometheus, { detail: error.message });
    return undefined;
  }
  const history = existsSync(join(home.dir, 'prometheus'))
    ? []
    : await historyOf(binaries.promtool, city, start);
  const ports = await reservePorts(home, ['exporter']);
  const exporter = `127.0.0.1:${ports.exporter}`;
  const kubeconfigs = await Promise.all(
    members.map(async (member) => {
      const file = join(home.dir, 'exporter', `${member.name}.kubeconfig`);
      writeSecret(file, await memberKubeconfig(member));
      return file;
    }),
  );
  const systems = join(home.dir, 'exporter', 'systems.json');
  writeWhole(systems, JSON.stringify(Object.fromEntries(tellingSystems(city))));
  await startProcess(
    home,
    {
      name: 'exporter',
      command: process.execPath,
      args: [join(import.meta.dirname, '../usage/exporter.ts')],
      env: {
        ...nodeEnv(),
        GOVCLOUD_EXPORTER_PORT: String(ports.exporter),
        GOVCLOUD_EXPORTER_KUBECONFIGS: kubeconfigs.join(':'),
        GOVCLOUD_EXPORTER_SYSTEMS: systems,
      },
      ready: (signal) => answersOk(`http://${exporter}/metrics`, signal),
    },
    start,
  );
  const targets = [
    { job: 'members', address: exporter },
    { job: 'operator', address: await operatorAddress(home) },
  ];
  return startPrometheus(home, { prometheus: binaries.prometheus, targets, history }, start);
}

/** What the operator is told of it. */
export function usageEnv(url: string | undefined): Readonly<Record<string, string>> {
  return url === undefined ? {} : { GOVCLOUD_PROMETHEUS_URL: url };
}

/** The city's systems that may tell of their users, by their namespace in members. */
function tellingSystems({ manifests }: City): ReadonlyMap<string, TellingSystem> {
  const systems = manifests.filter(({ kind }) => kind === InformationSystem.kind);
  return new Map(
    (systems as unknown as readonly InformationSystem[]).map(({ metadata, spec }) => [
      systemNamespaceOf(codeOf(metadata.namespace ?? '') ?? '', metadata.name),
      { name: metadata.name, targetUsers: spec.targetUsers },
    ]),
  );
}

/** Made once for what stood when the books were opened, and kept for the next city of this machine. */
async function historyOf(promtool: string, city: City, { progress, signal }: StartOptions) {
  const now = new Date();
  const things = thingsOf(stockObjects(city, now.toISOString().slice(0, 10)), tellingSystems(city));
  const key = digestOf([BEHAVIOUR_VERSION, things as never]).slice(0, 12);
  const today = Math.floor(now.getTime() / DAY_MS);
  return makeHistory({
    promtool,
    folder: join(cacheRoot(process.env), `usage-history-${key}`),
    days: Array.from({ length: HISTORY_DAYS }, (_, index) => today - HISTORY_DAYS + index),
    things,
    made: (days) => {
      if (days % 10 === 0) progress?.(cityProgress.history, { days });
    },
    signal,
  });
}
