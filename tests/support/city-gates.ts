import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemberCluster } from '../../api/v1alpha1/index.ts';
import type { ResourceRef } from '../../kube/types.ts';
import type { SmallCity } from './city.ts';
import { Barrier, BooksGate, Gate } from './gate.ts';

const SECRETS: ResourceRef = { group: '', version: 'v1', plural: 'secrets', namespaced: true };
const SYSTEM = 'govcloud-system';

/** Gates before everything that an operator reaches: hub, books and member. */
export class CityGates {
  readonly barrier: Barrier;
  readonly hub: Gate;
  readonly books: BooksGate;
  readonly member: Gate;
  /** For operators that go through them. */
  readonly env: Readonly<Record<string, string>>;
  private readonly restore: () => Promise<void>;

  private constructor(
    parts: Pick<CityGates, 'barrier' | 'hub' | 'books' | 'member' | 'env'>,
    restore: () => Promise<void>,
  ) {
    this.barrier = parts.barrier;
    this.hub = parts.hub;
    this.books = parts.books;
    this.member = parts.member;
    this.env = parts.env;
    this.restore = restore;
  }

  static async before(city: SmallCity): Promise<CityGates> {
    const { home, member, postgres } = city;
    const barrier = new Barrier();
    const hub = await Gate.before(city.hub, barrier);
    const kubeconfig = join(home.dir, 'operator', 'gate.kubeconfig');
    const text = readFileSync(join(home.dir, 'operator', 'kubeconfig'), 'utf8');
    writeFileSync(kubeconfig, text.replace(city.hub.url, hub.url), { mode: 0o600 });
    const dir = join(home.dir, 'gate');
    mkdirSync(dir, { recursive: true });
    chmodSync(dir, 0o711);
    const books = await BooksGate.before(postgres, barrier, dir);
    const upstream = { url: member.server, caPem: member.caPem };
    const memberGate = await Gate.before(upstream, barrier, 'member');
    const { spec } = await city.get(MemberCluster, { name: member.name });
    const name = { namespace: SYSTEM, name: spec.credentialsSecret };
    const secret = (await city.hub.client.get(SECRETS, name)) as unknown as { data: { kubeconfig: string } };
    const put = async (data: string) =>
      void (await city.hub.client.mergePatch(SECRETS, name, { data: { kubeconfig: data } }));
    const access = Buffer.from(secret.data.kubeconfig, 'base64').toString();
    await put(Buffer.from(access.replace(member.server, memberGate.url)).toString('base64'));
    const env = { GOVCLOUD_KUBECONFIG: kubeconfig, GOVCLOUD_DATABASE_HOST: books.host };
    return new CityGates({ barrier, hub, books, member: memberGate, env }, () => put(secret.data.kubeconfig));
  }

  /** No operator may go through them any more. */
  async close(): Promise<void> {
    await this.restore();
    for (const it of [this.hub, this.books, this.member]) await it.close();
  }
}
