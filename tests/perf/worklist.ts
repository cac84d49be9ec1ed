import { join } from 'node:path';
import { resourceOf } from '../../api/kind.ts';
import { ApprovalFlow, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { Hub } from '../../cli/hub/hub.ts';
import { openReviews } from '../../cli/services/reviews.ts';
import { chooseFlow } from '../../domain/approval/flow.ts';
import { foldDecisions } from '../../domain/approval/fold.ts';
import { ResourceVector } from '../../domain/quantity.ts';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { stopAll } from '../../tools/localcity/process.ts';
import { PerfCity } from './city.ts';
import { type Aim, figureOf, type Run } from './figures.ts';
import { type Asker, writeLargeCity } from './large-city.ts';
import { People } from './people.ts';
import { withScratch } from './scratch.ts';
import type { Suite } from './suite.ts';

const REQUESTS = 20_000;
const ORGANIZATIONS = 60;
const CALLERS = 16;
/** As the CLI asks for them. */
const PAGE = 2_000;
const WORK_LIST: Aim = { of: 'ratio', atMost: 1.5 };
const FLOWS: Aim = { of: 'ratio', atMost: 0.2 };

const RESOURCE = resourceOf(ResourceRequest);

/**
 * A reviewer's work list while many requests of 60 organisations are open, and the evaluation of flow and decisions of
 * each of them; the floor of both is a bare list of the same requests, of all organisations at once: the reviewer may list
 * those of each alone. Two are quoted and held by the
 * operator; the others are written as it would, with its credential, and it is stopped.
 */
export const worklist: Suite = ({ runs, scaled, say }) =>
  withScratch(async ({ dir }) => {
    const cityDir = join(dir, 'city');
    const askers = writeLargeCity(cityDir, ORGANIZATIONS);
    say(`worklist: starting a city of ${ORGANIZATIONS} organisations`);
    const city = await PerfCity.start(dir, cityDir);
    try {
      const count = scaled(REQUESTS);
      await openRequests(city, { dir, askers, count, say });
      const flows = (await city.hub.client.list(resourceOf(ApprovalFlow))).items as unknown as ApprovalFlow[];
      const { client } = await city.person('initial-reviewer');
      const [lists, evaluations]: [Run[], Run[]] = [[], []];
      for (let run = 1; run <= runs; run++) {
        const [floor, all] = await timed(() => bareList(city.hub.client));
        const [value, open] = await timed(() =>
          openReviews(new Hub(client, undefined), new Date().toISOString()),
        );
        const [evaluated, steps] = await timed(async () => all.map((it) => openStepOf(it, flows)));
        if (open.length !== all.length || all.length < count)
          throw new Error(`${open.length} of ${all.length} requests are to be reviewed, not ${count}`);
        const wrong = all.findIndex((it, index) => it.status?.review?.openStep !== steps[index]);
        if (wrong >= 0)
          throw new Error(`${all[wrong]?.metadata.name} is evaluated to be at step ${steps[wrong]}`);
        lists.push({ value, floor });
        evaluations.push({ value: evaluated, floor });
        say(
          `worklist: run ${run} of ${runs}: ${value.toFixed(0)} ms, flows ${evaluated.toFixed(0)} ms, bare ${floor.toFixed(0)} ms`,
        );
      }
      const floor = `a bare list of ${count} requests`;
      return [
        figureOf({ name: `a work list of ${count}`, floor, unit: 'ms', aim: WORK_LIST }, lists),
        figureOf({ name: `flow and step of ${count}`, floor, unit: 'ms', aim: FLOWS }, evaluations),
      ];
    } finally {
      city.close();
    }
  });

async function openRequests(
  city: PerfCity,
  {
    dir,
    askers,
    count,
    say,
  }: {
    readonly dir: string;
    readonly askers: readonly Asker[];
    readonly count: number;
    readonly say: (line: string) => void;
  },
): Promise<void> {
  const people = new People(city);
  await people.start();
  // One of each flow.
  const statuses = new Map<number, ResourceRequest['status']>();
  for (const asker of askers.slice(0, 2)) {
    const { status } = await people.reviewOpen(await people.submit(asker), 'initial');
    statuses.set(asker.place.mlps, status);
  }
  // What follows is not the watches' to hear of.
  await people.stop();
  const home = openHome(dir);
  await stopAll(home, { only: (name) => name === 'operator' });
  home.close();
  const operator = new KubeClient(await loadAccess({ kubeconfig: join(dir, 'operator/kubeconfig') }));
  try {
    let left = count - statuses.size;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (left > 0) {
          left -= 1;
          if (left % 5_000 === 0) say(`worklist: ${left} requests are still to be opened`);
          const asker = askers[left % askers.length] as Asker;
          const name = await people.submit(asker);
          const status = statuses.get(asker.place.mlps);
          await operator.mergePatch(RESOURCE, name, { status }, { subresource: 'status' });
        }
      }),
    );
  } finally {
    operator.close();
  }
}

async function bareList(client: KubeClient): Promise<readonly ResourceRequest[]> {
  return (await client.list(RESOURCE, { pageSize: PAGE })).items as unknown as ResourceRequest[];
}

/** The step that a request is at by its flow and its decisions. */
function openStepOf({ spec, status }: ResourceRequest, flows: readonly ApprovalFlow[]): string | undefined {
  const { action, mlps } = spec;
  const { total: quoted = {}, monthlyFen = 0 } = status?.quote ?? {};
  const choice = chooseFlow(flows, { action, mlps, total: ResourceVector.parse(quoted), monthlyFen });
  if ('reason' in choice) throw new Error(choice.reason.code);
  const copies = (status?.decisions ?? []).map((it, position) => ({ ...it, position, decidedAt: '' }));
  const { result } = foldDecisions(choice.flow.spec.steps, copies, '');
  return result.outcome === 'open' ? result.step.name : undefined;
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const started = performance.now();
  const result = await work();
  return [performance.now() - started, result];
}
