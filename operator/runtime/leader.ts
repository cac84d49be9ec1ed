import type { Logger } from 'pino';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, ResourceRef, Stored } from '../../kube/types.ts';
import type { Random } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';

export const LEASES: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  namespaced: true,
};

/** Times are MicroTime: RFC 3339 with six digits of a second. */
interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

type Lease = KubeObject<LeaseSpec>;

export interface LeaderSettings {
  /** How long others leave a lease alone that is not renewed, in whole seconds. */
  readonly leaseSeconds: number;
  /** A leader that could not renew for so long stops, in ms; less than the lease. */
  readonly renewDeadlineMs: number;
  /** Time between tries, in ms; less than the deadline. */
  readonly retryMs: number;
}

/** One time of leading. */
export interface Term<Epoch> {
  readonly epoch: Epoch;
  /** Aborts when the work is to end, for whatever reason. */
  readonly stop: AbortSignal;
  /** Aborts when another may lead already: nothing may be written any more. */
  readonly lost: AbortSignal;
}

export interface LeaderOptions<Epoch> {
  readonly client: KubeClient;
  /** Where the lease lies. */
  readonly namespace: string;
  readonly name: string;
  /** Unlike any other process's, and unlike this one's after a restart. */
  readonly identity: string;
  readonly settings?: LeaderSettings;
  /** Takes the fencing epoch under which the books accept this leader's writes, and none of its predecessors'. */
  readonly takeEpoch: (identity: string) => Promise<Epoch>;
  /** The leader's work: resolves after `term.stop` has aborted and everything is put down. A throw ends `run`. */
  readonly onStarted: (term: Term<Epoch>) => Promise<void>;
  /** The term is over and its work has ended. */
  readonly onStopped?: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What the leader tells of itself with each renewal: annotations of the lease. */
  readonly tells?: () => { readonly [annotation: string]: string };
  /** Is told whether this process leads. */
  readonly metrics: { leading(leading: boolean): void };
}

export const LEADER_DEFAULTS: LeaderSettings = { leaseSeconds: 15, renewDeadlineMs: 10_000, retryMs: 2_000 };

/**
 * Leader election on a Lease, by compare-and-set on its resourceVersion. Another's lease is taken over when it has
 * not changed for its own duration on this process's clock, so the clocks of two machines need not agree. Two who
 * both believe to lead are possible for a moment (a paused process); the epoch is what keeps the older one from
 * writing.
 */
export class LeaderElector<Epoch> {
  private readonly options: LeaderOptions<Epoch>;
  private readonly settings: LeaderSettings;
  private readonly log: Logger;
  private observed: { readonly resourceVersion: string; readonly at: number } | undefined;
  private leading = false;

  constructor(options: LeaderOptions<Epoch>) {
    this.options = options;
    this.settings = options.settings ?? LEADER_DEFAULTS;
    this.log = options.log.child({
      lease: `${options.namespace}/${options.name}`,
      identity: options.identity,
    });
    const { leaseSeconds, renewDeadlineMs, retryMs } = this.settings;
    if (
      !Number.isInteger(leaseSeconds) ||
      leaseSeconds * 1000 <= renewDeadlineMs ||
      renewDeadlineMs <= retryMs
    ) {
      throw new RangeError('lease settings: lease in whole seconds > renew deadline > retry');
    }
  }

  get isLeader(): boolean {
    return this.leading;
  }

  /** Stands for election until the signal aborts; after a lost term it stands again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.options;
    while (!signal.aborted) {
      let lease: Stored<Lease> | undefined;
      try {
        lease = await this.tryAcquire(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.log.warn({ err: error }, 'cannot reach the lease');
      }
      if (lease) await this.lead(lease, signal);
      // Jitter, so that two candidates do not try in step.
      if (!signal.aborted) await sleep(clock, this.settings.retryMs * (1 + 0.2 * random()), signal);
    }
  }

  private async tryAcquire(signal: AbortSignal): Promise<Stored<Lease> | undefined> {
    const { client, namespace, name, identity, clock } = this.options;
    const request = { signal, timeoutMs: this.settings.renewDeadlineMs };
    const now = this.microTime();
    const mine = {
      holderIdentity: identity,
      leaseDurationSeconds: this.settings.leaseSeconds,
      acquireTime: now,
      renewTime: now,
    };
    try {
      const lease = await client.get<Lease>(LEASES, { namespace, name }, request);
      const { holderIdentity, leaseDurationSeconds = 0, leaseTransitions = 0 } = lease.spec ?? {};
      const { resourceVersion } = lease.metadata;
      if (this.observed?.resourceVersion !== resourceVersion) {
        this.observed = { resourceVersion, at: clock.monotonic() };
      }
      const expires = this.observed.at + leaseDurationSeconds * 1000;
      if (holderIdentity && clock.monotonic() < expires) return undefined;
      const spec = { ...lease.spec, ...mine, leaseTransitions: leaseTransitions + 1 };
      return await client.update<Lease>(LEASES, { ...lease, spec }, request);
    } catch (error) {
      // Another candidate wrote first.
      if (isKubeError(error, 'E_API_CONFLICT') || isKubeError(error, 'E_API_EXISTS')) return undefined;
      if (!isKubeError(error, 'E_API_NOT_FOUND')) throw error;
    }
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec: { ...mine, leaseTransitions: 0 },
    };
    try {
      return await client.create(LEASES, lease, request);
    } catch (error) {
      if (isKubeError(error, 'E_API_EXISTS')) return undefined;
      throw error;
    }
  }

  /** Leads from an acquired lease on, renewing it while the work lasts, also while the work is being put down. */
  private async lead(acquired: Stored<Lease>, signal: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const finished = new AbortController();
    const stop = AbortSignal.any([signal, lost.signal]);
    this.setLeading(true);
    const work = this.work(stop, lost.signal).finally(() => finished.abort());
    const renewing = this.renew(acquired, lost, finished.signal);
    try {
      await work;
    } finally {
      const lease = await renewing;
      this.setLeading(false);
      if (lease) await this.release(lease);
      this.options.onStopped?.();
    }
  }

  private async work(stop: AbortSignal, lost: AbortSignal): Promise<void> {
    const { identity, takeEpoch, onStarted } = this.options;
    if (stop.aborted) return;
    let epoch: Epoch;
    try {
      epoch = await takeEpoch(identity);
    } catch (error) {
      // Without an epoch nothing can be written: let another try, and come back.
      this.log.error({ err: error }, 'cannot take an epoch');
      return;
    }
    if (stop.aborted) return;
    this.log.info({ epoch: String(epoch) }, 'leading');
    await onStarted({ epoch, stop, lost });
  }

  /** Renews until the work has finished. Returns the lease as it then is, or undefined if it was lost. */
  private async renew(
    acquired: Stored<Lease>,
    lost: AbortController,
    finished: AbortSignal,
  ): Promise<Stored<Lease> | undefined> {
    const { clock } = this.options;
    const { renewDeadlineMs, retryMs } = this.settings;
    let lease = acquired;
    let renewed = clock.monotonic();
    const left = () => renewed + renewDeadlineMs - clock.monotonic();
    for (;;) {
      await sleep(clock, Math.max(0, Math.min(retryMs, left())), finished);
      if (finished.aborted) return lease;
      let why: unknown = new Error(`the lease was not renewed for ${renewDeadlineMs} ms`);
      if (left() > 0) {
        const started = clock.monotonic();
        try {
          const mine = await this.renewOnce(lease, Math.ceil(left()));
          if (mine) {
            lease = mine;
            renewed = started;
            continue;
          }
          why = new Error('another holds the lease');
        } catch (error) {
          this.log.warn({ err: error, left: left() }, 'cannot renew the lease');
          continue;
        }
      }
      this.log.error({ err: why }, 'leadership lost');
      lost.abort(why);
      return undefined;
    }
  }

  /** The renewed lease, or undefined if another has it now. */
  private async renewOnce(lease: Stored<Lease>, timeoutMs: number): Promise<Stored<Lease> | undefined> {
    const { client, namespace, name, identity } = this.options;
    const write = (from: Stored<Lease>) =>
      client.update<Lease>(
        LEASES,
        {
          ...from,
          metadata: {
            ...from.metadata,
            annotations: { ...from.metadata.annotations, ...this.options.tells?.() },
          },
          spec: { ...from.spec, renewTime: this.microTime() },
        },
        { timeoutMs },
      );
    try {
      try {
        return await write(lease);
      } catch (error) {
        if (!isKubeError(error, 'E_API_CONFLICT')) throw error;
        // A former renewal may have been written although its answer never came.
        const current = await client.get<Lease>(LEASES, { namespace, name }, { timeoutMs });
        // A lease that is older than the one that was written is of a hub that was set back: what is known of it is not.
        const isOlder = (current.spec?.renewTime ?? '') < (lease.spec?.renewTime ?? '');
        return current.spec?.holderIdentity === identity && !isOlder ? await write(current) : undefined;
      }
    } catch (error) {
      if (isKubeError(error, 'E_API_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Leaves the lease to whoever asks next. */
  private async release(lease: Stored<Lease>): Promise<void> {
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.microTime() };
    try {
      await this.options.client.update<Lease>(
        LEASES,
        { ...lease, spec },
        { timeoutMs: this.settings.renewDeadlineMs },
      );
    } catch (error) {
      this.log.warn({ err: error }, 'cannot release the lease: the next leader waits until it expires');
    }
  }

  private setLeading(leading: boolean): void {
    this.leading = leading;
    this.options.metrics.leading(leading);
  }

  private microTime(): string {
    return new Date(this.options.clock.now()).toISOString().replace('Z', '000Z');
  }
}
