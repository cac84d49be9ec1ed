import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type Kind, type ObjectOf, resourceOf } from '../../api/kind.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectName, Stored } from '../../kube/types.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { Informer } from '../../operator/runtime/informer.ts';
import { createRuntimeMetrics } from '../../operator/runtime/metrics.ts';

export type StoredOf<K extends Kind> = Stored<ObjectOf<K> & KubeObject>;

/** All objects of a kind by one watch, in which any number of callers wait for one of them each. */
export class Watched<K extends Kind> {
  private readonly informer: Informer;
  private readonly ending = new AbortController();
  private readonly waiting = new Map<string, (object: Stored<KubeObject>) => void>();
  private following: Promise<void> | undefined;

  constructor(client: KubeClient, kind: K) {
    this.informer = new Informer({
      client,
      resource: resourceOf(kind),
      clock: systemClock,
      random: Math.random,
      log: pino({ level: 'silent' }),
      metrics: createRuntimeMetrics(new Registry()).informer(kind.plural),
    });
  }

  async start(): Promise<void> {
    this.informer.subscribe((key) => {
      const object = this.informer.get(key);
      if (object) this.waiting.get(key)?.(object);
    });
    this.following = this.informer.run(this.ending.signal);
    await this.informer.whenSynced(this.ending.signal);
  }

  /** Waits until an object is as wanted; one caller an object. @throws Error that shows it when that lasts too long */
  until(name: ObjectName, wanted: (object: StoredOf<K>) => boolean, limitMs: number): Promise<StoredOf<K>> {
    const key = `${name.namespace}/${name.name}`;
    const isWanted = (object: Stored<KubeObject> | undefined) => object && wanted(object as StoredOf<K>);
    const known = this.informer.get(key);
    if (isWanted(known)) return Promise.resolve(known as StoredOf<K>);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(key);
        reject(new Error(`${key} after ${limitMs} ms: ${JSON.stringify(this.informer.get(key), null, 1)}`));
      }, limitMs);
      this.waiting.set(key, (object) => {
        if (!isWanted(object)) return;
        clearTimeout(timer);
        this.waiting.delete(key);
        resolve(object as StoredOf<K>);
      });
    });
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.following;
  }
}
