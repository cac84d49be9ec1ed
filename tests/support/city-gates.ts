import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemberCluster } from '../../api/v1alpha1/index.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { SmallCity } from './city.ts';
import { Barrier, BooksGate, Gate } from './gate.ts';

/** Gates before everything that one operator reaches: hub, books and member. */
export class CityGates {
  readonly barrier: Barrier;
  readonly hub: Gate;
  readonly books: BooksGate;
  readonly member: Gate;
  /** For operators that go through them. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(parts: Pick<CityGates, 'barrier' | 'hub' | 'books' | 'member' | 'env'>) {
    this.barrier = parts.barrier;
    this.hub = parts.hub;
    this.books = parts.books;
    this.member = parts.member;
    this.env = parts.env;
  }

  /** @param operator whose gates they are: what passes is from this one */
  static async before(
    city: SmallCity,
    operator = 'operator',
    barrier: Barrier = new Barrier(),
  ): Promise<CityGates> {
    const { home, member, postgres } = city;
    const hub = await Gate.before(city.hub, barrier, 'hub', operator);
    const kubeconfig = join(home.dir, 'operator', `gate-${operator}.kubeconfig`);
    const text = readFileSync(join(home.dir, 'operator', 'kubeconfig'), 'utf8');
    writeFileSync(kubeconfig, text.replace(city.hub.url, hub.url), { mode: 0o600 });
    const dir = join(home.dir, `gate-${operator}`);
    mkdirSync(dir, { recursive: true });
    chmodSync(dir, 0o711);
    const books = await BooksGate.before(postgres, barrier, dir, operator);
    const upstream = { url: member.server, caPem: member.caPem };
    const memberGate = await Gate.before(upstream, barrier, 'member', operator);
    const { spec } = await city.get(MemberCluster, { name: member.name });
    const secret = `/namespaces/govcloud-system/secrets/${spec.credentialsSecret}`;
    // Each operator is told another address of the member.
    hub.lie = ({ path }) =>
      path.endsWith(secret) ? (it) => moved(it, member.server, memberGate.url) : undefined;
    const env = { GOVCLOUD_KUBECONFIG: kubeconfig, GOVCLOUD_DATABASE_HOST: books.host };
    return new CityGates({ barrier, hub, books, member: memberGate, env });
  }

  /** No operator may go through them any more. */
  async close(): Promise<void> {
    for (const it of [this.hub, this.books, this.member]) await it.close();
  }
}

/** A Secret whose kubeconfig leads to another address; an answer that is none stays as it is. */
function moved(
  secret: KubeObject & { data?: { kubeconfig?: string } },
  from: string,
  to: string,
): KubeObject {
  const { kubeconfig } = secret.data ?? {};
  if (kubeconfig === undefined) return secret;
  const text = Buffer.from(kubeconfig, 'base64').toString().replace(from, to);
  return { ...secret, data: { kubeconfig: Buffer.from(text).toString('base64') } } as KubeObject;
}
