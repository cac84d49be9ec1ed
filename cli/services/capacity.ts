import { join } from 'node:path';
import type {
  Allocation,
  CapacityPool,
  MemberCluster,
  ReasonText,
  ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import type { Change } from '../../domain/capacity/plan.ts';
import { type Impact, impactOf } from '../../domain/capacity/impact.ts';
import { type UnreachableMember, unreachableMembers } from '../../domain/capacity/unreachable.ts';
import { GovError, reason } from '../../domain/errors.ts';
import { RESOURCES } from '../../domain/quantity.ts';
import type { QuotePicture } from '../../domain/request/quote.ts';
import { resourceNames } from '../../messages/books.ts';
import { KubeClientError } from '../../kube/errors.ts';
import { waitFor } from '../../kube/wait.ts';
import type { City } from '../../stacks/city.ts';
import type { Progress } from '../../tools/localcity/progress.ts';
import type { Plan } from '../../tools/pulumi/events.ts';
import type { CityState, Update } from '../../tools/pulumi/state.ts';
import { tell } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { readReport } from '../hub/reports.ts';
import { pictureOf } from './quote.ts';

/** Capacity as code: what `govcloud capacity preview|up|refresh|destroy|history` do. */

const SHANWEI = join(import.meta.dirname, '../../stacks/shanwei');

/** Each needs some ten answers of the hub. */
const MOST_WAITING = 50;

/** How long an operator may take to ask a member that was just declared. */
const ASKED_WITHIN_MS = 15_000;

export interface CapacityOptions {
  /** The folder of the state. */
  readonly dir: string;
  /** The city's folder; Shanwei unless named. */
  readonly city: string | undefined;
  /** The stack; the one that stands unless named. */
  readonly stack: string | undefined;
  /** RFC 3339. */
  readonly now: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What a run would do or has done. The form for machines is kept stable. */
export interface CapacityPlan {
  readonly apiVersion: 'cli.govcloud.dev/v1';
  readonly kind: 'CapacityPlan';
  readonly action: 'preview' | 'up' | 'refresh' | 'destroy';
  /** Whether it was done. */
  readonly done: boolean;
  readonly stack?: { readonly name: string; readonly title: City['stack']['title'] };
  readonly changes: readonly Change[];
  readonly drift: readonly Change[];
  readonly same: number;
  /** What the API server refused already when the plugin asked it to try. */
  readonly refused: Plan['refused'];
  readonly impact?: Impact;
  /** Members that are declared and give no answer: before, what is declared newly is not among them. */
  readonly unreachable: readonly UnreachableMember[];
  /** What could not be looked at, so that the impact may be more than it says. */
  readonly incomplete: readonly ReasonText[];
}

export interface CapacityHistory {
  readonly apiVersion: 'cli.govcloud.dev/v1';
  readonly kind: 'CapacityHistory';
  readonly items: readonly Update[];
}

/**
 * Opens the state for one command, and closes it after.
 * @throws as `CityState.open`, `signIn`; KubeClientError E_API_UNREACHABLE before the engine is asked
 */
export async function withCapacity<T>(
  hub: Hub,
  options: CapacityOptions,
  work: (capacity: CapacityWork) => Promise<T>,
): Promise<T> {
  const who = await hub.whoAmI();
  const { dir, progress, signal } = options;
  const { CityState } = await import('../../tools/pulumi/state.ts');
  const state = await CityState.open({ dir, progress, signal });
  try {
    await state.signIn(hub.client.access);
    return await work(new CapacityWork(hub.in(undefined), state, options, who));
  } finally {
    state.close();
  }
}

export class CapacityWork {
  private readonly hub: Hub;
  private readonly state: CityState;
  private readonly options: CapacityOptions;
  private readonly who: string;

  constructor(hub: Hub, state: CityState, options: CapacityOptions, who: string) {
    this.hub = hub;
    this.state = state;
    this.options = options;
    this.who = who;
  }

  /** The stack that is asked for, that which stands, or the city's first. @throws GovError as `loadCity` */
  async city(): Promise<City> {
    const dir = this.options.city ?? SHANWEI;
    const [{ loadCity }, { stackNames }] = await Promise.all([
      import('../../stacks/city.ts'),
      import('../../stacks/stack.ts'),
    ]);
    if (this.options.stack !== undefined) return loadCity(dir, this.options.stack);
    const standing = (await this.state.outputs())['stack'];
    return loadCity(
      dir,
      stackNames(dir).find((it) => it === standing),
    );
  }

  async preview(city: City): Promise<CapacityPlan> {
    return this.planOf('preview', city, await this.state.preview(await programOf(city)));
  }

  /** @throws GovError E_CAPACITY_REFUSED for each object that the hub refused */
  async up(city: City, plan: CapacityPlan): Promise<CapacityPlan> {
    const message = `${city.stack.name} ${this.who}`;
    const done = await this.state.up(await programOf(city), message);
    for (const { kind, action, name } of done.changes) {
      if (kind === kinds.memberClusters.kind && action !== 'delete') await this.asked(name);
    }
    return { ...plan, ...done, unreachable: await this.unreachable(city), action: 'up', done: true };
  }

  async previewDestroy(): Promise<CapacityPlan> {
    return this.planOf('destroy', undefined, await this.state.previewDestroy());
  }

  async destroy(plan: CapacityPlan): Promise<CapacityPlan> {
    return { ...plan, ...(await this.state.destroy(this.who)), done: true };
  }

  async refresh(): Promise<CapacityPlan> {
    const found = await this.state.refresh(this.who);
    return { ...envelope('refresh'), ...found, done: true };
  }

  async history(): Promise<CapacityHistory> {
    const items = await this.state.history();
    return { apiVersion: 'cli.govcloud.dev/v1', kind: 'CapacityHistory', items };
  }

  private async planOf(
    action: CapacityPlan['action'],
    city: City | undefined,
    plan: Plan,
  ): Promise<CapacityPlan> {
    const [{ impact, incomplete }, unreachable] = await Promise.all([
      this.impact(city, plan.changes),
      city ? this.unreachable(city) : [],
    ]);
    return {
      ...envelope(action),
      ...(city ? { stack: { name: city.stack.name, title: city.stack.title } } : {}),
      ...plan,
      impact,
      unreachable,
      incomplete,
    };
  }

  /** Waits until the operator has asked a member. One that is not asked in time is told as such. */
  private async asked(name: string): Promise<void> {
    const isAsked = (it: MemberCluster | undefined) =>
      it?.status?.observedGeneration === it?.metadata.generation;
    try {
      const { signal } = this.options;
      const options = { timeoutMs: ASKED_WITHIN_MS, signal };
      await waitFor<MemberCluster>(this.hub.client, kinds.memberClusters, { name }, isAsked, options);
    } catch (error) {
      if (!(error instanceof KubeClientError && error.code === 'E_WAIT_TIMEOUT')) throw error;
    }
  }

  private async unreachable(city: City): Promise<readonly UnreachableMember[]> {
    const declared = new Set(
      city.manifests
        .filter(({ kind }) => kind === kinds.memberClusters.kind)
        .map(({ metadata }) => metadata.name),
    );
    const members = await this.hub.list<MemberCluster>(kinds.memberClusters);
    return unreachableMembers(
      poolsOf(city),
      members.filter(({ metadata }) => declared.has(metadata.name)),
    );
  }

  private async impact(
    city: City | undefined,
    changes: readonly Change[],
  ): Promise<{ impact: Impact; incomplete: ReasonText[] }> {
    const incomplete: ReasonText[] = [];
    const orElse = async <T>(ask: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await ask();
      } catch (error) {
        incomplete.push(...(await reasonsOf(error)));
        return otherwise;
      }
    };
    const [before, allocations, books, holds, requests] = await Promise.all([
      this.hub.list<CapacityPool>(kinds.capacityPools),
      orElse(() => this.hub.list<Allocation>(kinds.allocations), []),
      orElse(async () => (await readReport(this.hub, 'capacity')).items, []),
      orElse(async () => (await readReport(this.hub, 'holds', { query: { state: 'pending' } })).items, []),
      orElse(() => this.hub.list<ResourceRequest>(kinds.resourceRequests), []),
    ]);
    const deleted = new Set(
      changes
        .filter(({ action, kind }) => action === 'delete' && kind === 'CapacityPool')
        .map(({ name }) => name),
    );
    const declared = city ? poolsOf(city) : [];
    const names = new Set(declared.map(({ metadata }) => metadata.name));
    const others = before.filter(({ metadata: { name } }) => !names.has(name) && !deleted.has(name));
    const stuck = requests.filter(waitsForCapacity);
    const waiting = await orElse(() => this.pictures(stuck.slice(0, MOST_WAITING)), []);
    const impact = impactOf({
      today: cityDay(this.options.now),
      before,
      after: [...declared, ...others],
      allocations,
      books,
      holds,
      waiting,
    });
    return { impact, incomplete: [...new Map(incomplete.map((it) => [it.message, it])).values()] };
  }

  private pictures(requests: readonly ResourceRequest[]): Promise<QuotePicture[]> {
    const today = cityDay(this.options.now);
    return Promise.all(requests.map((it) => pictureOf(this.hub.in(it.metadata.namespace), it, today)));
  }
}

function poolsOf({ manifests }: City): CapacityPool[] {
  return manifests.filter(({ kind }) => kind === kinds.capacityPools.kind) as unknown as CapacityPool[];
}

/** Pulumi takes a third of a second to load. */
async function programOf(city: City) {
  const { cityProgram } = await import('../../stacks/program.ts');
  return cityProgram(city);
}

function envelope(action: CapacityPlan['action']) {
  return {
    apiVersion: 'cli.govcloud.dev/v1',
    kind: 'CapacityPlan',
    action,
    done: false,
    unreachable: [],
    incomplete: [],
  } as const;
}

/** Whether a request was refused for want of room in a pool. */
function waitsForCapacity({ spec, status }: ResourceRequest): boolean {
  if (spec.withdrawn || !['Submitted', 'Returned'].includes(status?.phase ?? '')) return false;
  return status?.reasons?.some(({ where }) => where?.startsWith('pool/')) ?? false;
}

/** Why something could not be read, in both languages. */
async function reasonsOf(failure: unknown): Promise<ReasonText[]> {
  const [[zh], [en]] = [(await tell(failure, 'zh')).reasons, (await tell(failure, 'en')).reasons];
  if (!zh || !en) throw failure;
  return [
    { code: zh.code, message: zh.message === en.message ? zh.message : `${zh.message} / ${en.message}` },
  ];
}

/**
 * What the API server would refuse, before it is tried; what it has refused at the trial.
 * @throws GovError E_CAPACITY_CUT for each pool; else E_CAPACITY_REFUSED for each object
 */
export function refuseCuts({ impact, refused }: CapacityPlan): void {
  const cuts = (impact?.refusals ?? []).map(({ pool, code, short }) => {
    const lacks = (lang: 'zh' | 'en') =>
      RESOURCES.flatMap((it) => (short[it] === undefined ? [] : `${resourceNames[it][lang]} ${short[it]}`));
    const words = { zh: lacks('zh').join('、'), en: lacks('en').join(', ') };
    return reason('E_CAPACITY_CUT', { pool, code, short: words }, `pool/${pool}`);
  });
  const tried = refused.map(({ object = '-', message }) =>
    reason('E_CAPACITY_REFUSED', { object, detail: message }, object),
  );
  const [first, ...more] = cuts.length > 0 ? cuts : tried;
  if (first) throw new GovError(first, ...more);
}
