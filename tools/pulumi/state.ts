import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { EngineEvent } from '@pulumi/pulumi/automation/events.js';
import type { CommandError } from '@pulumi/pulumi/automation/errors.js';
import type { PulumiFn, Stack, UpdateSummary } from '@pulumi/pulumi/automation/index.js';
import { GovError, reason } from '../../domain/errors.ts';
import { type ClusterAccess, kubeconfigText } from '../../kube/config.ts';
import { capacityProgress } from '../../messages/capacity.ts';
import { writeWhole } from '../localcity/files.ts';
import { type Progress, silent } from '../localcity/progress.ts';
import { ensureEngine } from './engine.ts';
import { type Failure, Gatherer, type Plan } from './events.ts';

/** One state a hub: which stack it is made as, its outputs say. */
const PROJECT = 'govcloud';
const STACK = 'city';

/** Names of files of credentials begin so, and go on with the process that they are for. */
const KUBECONFIG = 'kubeconfig-';

const TELL_EVERY_MS = 2_000;

export interface StateOptions {
  /** The state folder, usually `.govcloud`. */
  readonly dir: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** A run of the engine on the state of a city. */
export interface Update {
  readonly kind: string;
  readonly result: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly message: string;
  /** Numbers of resources by what was done with them; Pulumi counts its own among them. */
  readonly changes: Readonly<Record<string, number>>;
}

/** Only `preview` and `up` run a program, each its own. */
const nothing: PulumiFn = async () => {};

type Work = (run: {
  readonly onEvent: (event: EngineEvent) => void;
  readonly color: 'never';
  readonly suppressProgress: true;
  readonly signal?: AbortSignal;
}) => Promise<unknown>;

/**
 * The state of a city's capacity, and Pulumi's engine working on it.
 *
 * It lies in `DIR/capacity`, unless PULUMI_BACKEND_URL names a shared backend; the passphrase of its secrets is made there,
 * for its owner alone, unless PULUMI_CONFIG_PASSPHRASE or its _FILE is set. Methods throw GovError E_CAPACITY_BUSY when
 * somebody else works on it, E_CAPACITY_REFUSED for objects that the hub refused, E_CAPACITY_ENGINE for the rest.
 *
 * It can be opened and read before there is a hub; what works on the hub comes after `signIn`.
 */
export class CityState {
  private readonly stack: Stack;
  private readonly progress: Progress;
  private readonly signal: AbortSignal | undefined;
  private readonly kubeconfig: string;

  private constructor(stack: Stack, kubeconfig: string, { progress = silent, signal }: StateOptions) {
    this.stack = stack;
    this.kubeconfig = kubeconfig;
    this.progress = progress;
    this.signal = signal;
  }

  /** @throws GovError as `ensureEngine`, E_CAPACITY_ENGINE */
  static async open(options: StateOptions): Promise<CityState> {
    const { progress = silent, signal, env = process.env } = options;
    const { root } = await ensureEngine({ progress, signal, env });
    const { LocalWorkspace, PulumiCommand } = await import('@pulumi/pulumi/automation/index.js');
    const dir = resolve(options.dir);
    const at = (...parts: string[]) => join(dir, 'capacity', ...parts);
    for (const folder of [at('state'), at('workspace')]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    forgetDead(at());
    const kubeconfig = at(`${KUBECONFIG}${process.pid}-${randomUUID()}`);
    const plugins = join(dir, 'plugins');
    const backend = env['PULUMI_BACKEND_URL'] || `file://${at('state')}`;
    try {
      const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: STACK, projectName: PROJECT, program: nothing },
        {
          workDir: at('workspace'),
          pulumiCommand: await PulumiCommand.get({ root, skipVersionCheck: true }),
          projectSettings: { name: PROJECT, runtime: 'nodejs', backend: { url: backend } },
          envVars: {
            KUBECONFIG: kubeconfig,
            PULUMI_BACKEND_URL: backend,
            PULUMI_SKIP_UPDATE_CHECK: 'true',
            // The state is written once a run, not whole again for each object: what a killed run made is taken over by the
            // next, which looks at the hub first.
            PULUMI_EXPERIMENTAL: 'true',
            PULUMI_SKIP_CHECKPOINTS: 'true',
            PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
            ...passphrase(at('passphrase'), env),
            // The local city brings its plugin along; elsewhere it is Pulumi's own.
            ...(existsSync(plugins) ? { PATH: [plugins, env['PATH']].join(delimiter) } : {}),
          },
        },
      );
      return new CityState(stack, kubeconfig, options);
    } catch (error) {
      throw isCommandError(error) ? told(error, []) : error;
    }
  }

  /** @param access who the plugin is on the hub, until `close` @throws KubeClientError E_CREDENTIAL */
  async signIn(access: ClusterAccess): Promise<void> {
    writeWhole(this.kubeconfig, await kubeconfigText(access), 0o600);
  }

  /** Forgets the credentials. */
  close(): void {
    rmSync(this.kubeconfig, { force: true });
  }

  /** What `up` would do, on the hub as it is now. */
  async preview(program: PulumiFn): Promise<Plan> {
    return this.run((run) => this.stack.preview({ ...run, program, refresh: true }), 'tries');
  }

  /** Makes the hub as it is declared; edits by others are taken back. */
  async up(program: PulumiFn, message: string): Promise<Plan> {
    return this.run((run) => this.stack.up({ ...run, program, refresh: true, message }));
  }

  /** Takes the hub as it is into the state; nothing is written to the hub. */
  async refresh(message: string): Promise<Plan> {
    return this.run((run) => this.stack.refresh({ ...run, message }));
  }

  async previewDestroy(): Promise<Plan> {
    return this.run((run) => this.stack.previewDestroy({ ...run, refresh: true }), 'tries');
  }

  async destroy(message: string): Promise<Plan> {
    return this.run((run) => this.stack.destroy({ ...run, refresh: true, message }));
  }

  /** What the last run of the program left, or nothing if there was none. */
  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.guarded(() => this.stack.outputs());
    return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
  }

  /** Its updates, the newest first. */
  async history(): Promise<readonly Update[]> {
    const updates = await this.guarded(() => this.stack.history());
    return updates.map(updateOf);
  }

  /** @param mode `tries`: what the hub refuses belongs to the plan */
  private async run(work: Work, mode: 'tries' | 'writes' = 'writes'): Promise<Plan> {
    const gatherer = new Gatherer();
    let done = 0;
    let told = performance.now();
    const onEvent = (event: EngineEvent) => {
      const change = gatherer.take(event);
      if (!change) return;
      done += 1;
      if (performance.now() - told < TELL_EVERY_MS) return;
      told = performance.now();
      this.progress(capacityProgress.objects, { done, last: objectName(change) });
    };
    const options = {
      onEvent,
      color: 'never',
      suppressProgress: true,
      ...(this.signal === undefined ? {} : { signal: this.signal }),
    } as const;
    try {
      await this.guarded(
        () => work(options),
        () => gatherer.result.refused,
      );
    } catch (error) {
      const { refused } = gatherer.result;
      const isPlan = mode === 'tries' && refused.length > 0 && refused.every((it) => it.object !== undefined);
      if (!(isPlan && error instanceof GovError && error.code === 'E_CAPACITY_REFUSED')) throw error;
    }
    return gatherer.result;
  }

  /** Runs a command of the engine; a lock that a dead engine on this machine left behind is taken away once. */
  private async guarded<T>(
    work: () => Promise<T>,
    failures: () => readonly Failure[] = () => [],
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.signal?.throwIfAborted();
      if (!isCommandError(error)) throw error;
      const locks = locksIn(error.message);
      if (locks.length === 0) throw told(error, failures());
      // Taken away are all at once: of one that works none is.
      const working = locks.find(({ host, pid }) => host !== hostname() || isAlive(pid));
      if (working) throw busy(working);
    }
    await this.stack.cancel();
    try {
      return await work();
    } catch (error) {
      this.signal?.throwIfAborted();
      throw isCommandError(error) ? told(error, failures()) : error;
    }
  }
}

/** Removes the credentials of processes that died before they could. */
function forgetDead(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = Number(new RegExp(`^${KUBECONFIG}(\\d+)-`).exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(dir, name), { force: true });
  }
}

/** `Kind/name`, with the namespace between if there is one. */
function objectName({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string {
  return [kind, namespace, name].filter((it) => it !== undefined).join('/');
}

function passphrase(file: string, env: NodeJS.ProcessEnv): Record<string, string> {
  for (const name of ['PULUMI_CONFIG_PASSPHRASE', 'PULUMI_CONFIG_PASSPHRASE_FILE']) {
    const value = env[name];
    if (value !== undefined) return { [name]: value };
  }
  if (!existsSync(file)) writeWhole(file, randomBytes(32).toString('hex'), 0o600);
  chmodSync(file, 0o600);
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

interface Lock {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

/** Each `created by USER@HOST (pid N) at TIME`, as the engine says of a state in a folder or bucket. */
function locksIn(message: string): readonly Lock[] {
  return [...message.matchAll(/created by (.+)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
    ([, user = '', host = '', pid, since = '']) => ({ user, host, pid: Number(pid), since }),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function busy({ user, host, pid, since }: Lock): GovError {
  return new GovError(reason('E_CAPACITY_BUSY', { user, host, pid, since }));
}

function isCommandError(error: unknown): error is CommandError {
  return error instanceof Error && 'commandResult' in error;
}

/** What the hub refused, as one error. */
function refusals(failures: readonly Failure[]): GovError | undefined {
  const [first, ...more] = failures.map(({ object, message }) =>
    object === undefined
      ? reason('E_CAPACITY_ENGINE', { detail: message })
      : reason('E_CAPACITY_REFUSED', { object, detail: message }, object),
  );
  return first && new GovError(first, ...more);
}

function told(error: CommandError, failures: readonly Failure[]): GovError {
  const refused = refusals(failures);
  if (refused) return refused;
  const detail = /stderr: ([\s\S]*?)\n(?:err\?: |$)/.exec(error.message)?.[1]?.trim() || error.message;
  return new GovError(reason('E_CAPACITY_ENGINE', { detail }));
}

function updateOf(it: UpdateSummary): Update {
  return {
    kind: it.kind,
    result: it.result,
    startedAt: new Date(it.startTime).toISOString(),
    endedAt: new Date(it.endTime).toISOString(),
    message: it.message,
    changes: it.resourceChanges ?? {},
  };
}
