import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { dump } from 'js-yaml';
import { KubeClient } from '../../kube/client.ts';
import { loadAccess } from '../../kube/config.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { SmallCity } from './city.ts';

/** What a city keeps secret, and every place where it might come to light. */

/** Texts by where they stand. */
export type Places = ReadonlyMap<string, string>;

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Shorter ones (a user's name) are no secrets, and stand everywhere. */
const SHORTEST = 12;

/** Every password, token and key of a city, as it is and as Secrets hold it. */
export async function secretsOf(city: SmallCity): Promise<ReadonlySet<string>> {
  const values: string[] = [];
  for (const client of [city.hub.client, city.member.client]) {
    const { items } = await client.raw<{ items: Secret[] }>('/api/v1/secrets');
    for (const { data = {} } of items) {
      for (const [key, value] of Object.entries(data)) {
        const text = Buffer.from(value, 'base64').toString();
        // A credential's file has more than secrets in it.
        if (key === 'kubeconfig') values.push(...tokensIn(text));
        else if (!text.includes('\n')) values.push(text);
        values.push(value);
      }
    }
  }
  const file = (...path: string[]) => readFileSync(join(city.home.dir, ...path), 'utf8');
  values.push(file('operator', 'credential.key'));
  for (const path of [['kubeconfig'], ['operator', 'kubeconfig'], ['reports', 'kubeconfig']])
    values.push(...tokensIn(file(...path)));
  const secrets = values.filter(({ length }) => length >= SHORTEST);
  return new Set(secrets.flatMap((it) => [it, Buffer.from(it).toString('base64')]));
}

function tokensIn(kubeconfig: string): readonly string[] {
  return [...kubeconfig.matchAll(/token: (\S+)/g)].map(([, token = '']) => token);
}

/** What every process wrote, the API server's audit log too. */
export function logsOf(city: SmallCity): Places {
  const folder = join(city.home.dir, 'logs');
  const audit = city.hub.auditLog ?? '';
  const files = [...readdirSync(folder).map((name) => join(folder, name)), audit];
  return new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** Made for one organisation at a time, in its namespace. */
const OF_ONE_ORGANIZATION = 'organizationreports';

/** All objects of every kind that a cluster serves, but Secrets. */
export async function objectsOf(name: string, client: KubeClient): Promise<Places> {
  const { groups } = await client.raw<{
    groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  }>('/apis');
  const bases = [
    '/api/v1',
    ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`)),
  ];
  const { items } = await client.list({ group: '', version: 'v1', plural: 'namespaces', namespaced: false });
  const organizations = items.map(({ metadata }) => metadata.name).filter((it) => it.startsWith('gov-'));
  const paths: string[] = [];
  for (const base of bases) {
    const { resources } = await client.raw<ResourceList>(base);
    const listed = resources.filter((it) => it.verbs.includes('list') && !it.name.includes('/'));
    const at = listed.flatMap(({ name: plural }) =>
      plural === OF_ONE_ORGANIZATION
        ? organizations.map((it) => `${base}/namespaces/${it}/${plural}`)
        : [`${base}/${plural}`],
    );
    paths.push(...at.filter((it) => it !== '/api/v1/secrets'));
  }
  const places = new Map<string, string>();
  for (const path of paths) places.set(`${name} ${path}`, JSON.stringify(await client.raw(path)));
  return places;
}

/** Every row of the books. */
export async function rowsOf(city: SmallCity): Promise<Places> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'books' ORDER BY 1`.execute(city.books);
  const places = new Map<string, string>();
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      SELECT to_jsonb(it)::text AS row FROM ${sql.table(`books.${name}`)} AS it`.execute(city.books);
    places.set(`books.${name}`, rows.map(({ row }) => row).join('\n'));
  }
  return places;
}

/** What the hub's etcd stores, by key, but for Secrets. */
export async function storedOf(city: SmallCity): Promise<Places> {
  const pki = (file: string) =>
    readFileSync(join(city.home.dir, 'clusters/hub/pki', file)).toString('base64');
  const kubeconfig = dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'etcd',
        cluster: {
          server: `https://127.0.0.1:${city.home.state.ports['hub-etcd.client']}`,
          'certificate-authority-data': pki('etcd-ca.crt'),
        },
      },
    ],
    users: [
      {
        name: 'etcd',
        user: {
          'client-certificate-data': pki('etcd-client.crt'),
          'client-key-data': pki('etcd-client.key'),
        },
      },
    ],
    contexts: [{ name: 'etcd', context: { cluster: 'etcd', user: 'etcd' } }],
    'current-context': 'etcd',
  });
  const client = new KubeClient(await loadAccess({ text: kubeconfig }));
  try {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const { kvs } = await client.raw<{ kvs: readonly { readonly key: string; readonly value: string }[] }>(
      '/v3/kv/range',
      { method: 'POST', body: { key: base64('/'), range_end: base64('0') } },
    );
    const text = (value: string) => Buffer.from(value, 'base64').toString('latin1');
    const stored = kvs.map(({ key, value }) => [text(key), text(value)] as const);
    return new Map(stored.filter(([key]) => !key.startsWith('/registry/secrets/')));
  } finally {
    client.close();
  }
}

/** Where a secret came to light: the places, never the secret. */
export function leaksIn(secrets: ReadonlySet<string>, ...all: readonly Places[]): readonly string[] {
  return all.flatMap((places) =>
    [...places].flatMap(([place, text]) => ([...secrets].some((it) => text.includes(it)) ? [place] : [])),
  );
}
