import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { GovError, reason } from '../../domain/errors.ts';
import type { Message } from '../../messages/index.ts';
import { localcityWords } from '../../messages/localcity.ts';
import { readIfThere, readJson, writeWhole } from './files.ts';
import { type Lock, tryLock } from './lock.ts';

/**
 * The folder that holds everything of one local city:
 *
 *     state.json        what a later start must find again (`State`)
 *     run/NAME.json     a process that was started (`RunRecord` in process.ts)
 *     logs/NAME.log     its output
 *     clusters/NAME/    keys, kubeconfigs and etcd data of one cluster
 *     postgres/         the database, if its user can reach this folder
 */

/** Raised when a folder written by an older version can no longer be used as it is. */
const LAYOUT = 1;

const postgresPlace = z.readonly(
  z.object({
    /** The folder with the data and, where they had to be copied, the binaries. */
    base: z.string().min(1),
    socketDir: z.string().min(1),
    /** Major version that wrote the data. */
    major: z.int(),
  }),
);
export type PostgresPlace = z.infer<typeof postgresPlace>;

const stateShape = z.readonly(
  z.object({
    layout: z.int(),
    kubernetes: z.string().min(1).exactOptional(),
    /** Port by `PROCESS` or `PROCESS.PURPOSE`. */
    ports: z.readonly(z.record(z.string(), z.int().min(1).max(65_535))),
    postgres: postgresPlace.exactOptional(),
  }),
);
type State = z.infer<typeof stateShape>;

/** A local city's folder, held by this process alone until it is closed. */
export interface Home {
  readonly dir: string;
  readonly stateFile: string;
  readonly state: State;
  update(change: Partial<Omit<State, 'layout'>>): void;
  /** @throws GovError E_CITY_VERSION when another version of Kubernetes wrote the folder. */
  requireKubernetes(version: string): void;
  /** @throws GovError E_CITY_VERSION, saying what wrote the folder and what is here. */
  refuse(what: Message, found: string | number, expected: string | number): never;
  close(): void;
}

/**
 * Opens the folder of a local city, making it if need be.
 * @throws GovError E_CITY_LOCKED when another process has it open, E_CITY_VERSION when another layout wrote it,
 *   E_CITY_STATE when the state file is damaged or gone, E_LOCK_DAMAGED.
 */
export function openHome(path: string): Home {
  const dir = resolve(path);
  // Others may pass through, because the database runs as another user when we are root; each secret and each
  // folder of secrets is closed by itself.
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  for (const part of ['run', 'logs', 'clusters'])
    mkdirSync(join(dir, part), { recursive: true, mode: 0o700 });
  const lock = tryLock(join(dir, 'lock'));
  if (typeof lock === 'number') throw new GovError(reason('E_CITY_LOCKED', { dir, pid: lock }));
  try {
    return new OpenHome(dir, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

class OpenHome implements Home {
  readonly dir: string;
  readonly stateFile: string;
  readonly #lock: Lock;
  #state: State;

  constructor(dir: string, lock: Lock) {
    this.dir = dir;
    this.stateFile = join(dir, 'state.json');
    this.#lock = lock;
    this.#state = this.#load();
  }

  get state(): State {
    return this.#state;
  }

  update(change: Partial<Omit<State, 'layout'>>): void {
    this.#state = { ...this.#state, ...change };
    this.#save(this.#state);
  }

  requireKubernetes(version: string): void {
    const found = this.#state.kubernetes;
    if (found === undefined) this.update({ kubernetes: version });
    else if (found !== version) this.refuse(localcityWords.kubernetes, found, version);
  }

  refuse(what: Message, found: string | number, expected: string | number): never {
    throw new GovError(
      reason('E_CITY_VERSION', { file: this.stateFile, dir: this.dir, what, found, expected }),
    );
  }

  close(): void {
    this.#lock.release();
  }

  #load(): State {
    const text = readIfThere(this.stateFile);
    if (text === undefined) {
      if (hasData(this.dir)) throw this.#unreadable('ENOENT');
      const state = { layout: LAYOUT, ports: {} };
      this.#save(state);
      return state;
    }
    const found = readJson(text, z.looseObject({ layout: z.int() }));
    if (typeof found === 'string') throw this.#unreadable(found);
    // What another version wrote is of no shape that is known here.
    if (found.layout !== LAYOUT) this.refuse(localcityWords.layout, found.layout, LAYOUT);
    const state = readJson(text, stateShape);
    if (typeof state === 'string') throw this.#unreadable(state);
    return state;
  }

  #save(state: State): void {
    writeWhole(this.stateFile, `${JSON.stringify(state, null, 2)}\n`, 0o600);
  }

  #unreadable(detail: string): GovError {
    return new GovError(reason('E_CITY_STATE', { file: this.stateFile, dir: this.dir, detail }));
  }
}

/** Whether a city was started here: then a state file is missing that tells where its parts are. */
function hasData(dir: string): boolean {
  return existsSync(join(dir, 'postgres')) || readdirSync(join(dir, 'clusters')).length > 0;
}
