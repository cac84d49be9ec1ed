import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { KubeConfig as ClientNodeConfig } from '@kubernetes/client-node';
import { load } from 'js-yaml';
import { KubeClientError } from './errors.ts';

/** TLS options of a connection, as `node:tls` names them; certificates and keys are PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** What one request carries. As long as nothing changed, `tls` is the same object. */
interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: TlsMaterial;
}

/** How to reach one API server, and as whom. */
export interface ClusterAccess {
  readonly server: URL;
  /** The kubeconfig's context; '' inside a cluster. */
  readonly context: string;
  /** Its user's name in the kubeconfig: a label, not what the server calls the user. */
  readonly user: string;
  /** The namespace to use if none is named. */
  readonly namespace: string;
  /**
   * The credentials of the next request; files are read again when they change.
   * @throws KubeClientError E_CREDENTIAL
   */
  credentials(): Promise<Credentials>;
}

export interface AccessOptions {
  /** `--kubeconfig`: this file alone. */
  readonly kubeconfig?: string;
  /** A kubeconfig's text, as a Secret holds it; then no file is read but those that it names by absolute path. */
  readonly text?: string;
  /** `--context` instead of the current one. */
  readonly context?: string;
  /** `--as`, `--as-group`: act as somebody else; replaces what the kubeconfig says about it. */
  readonly as?: { readonly user: string; readonly groups?: readonly string[] };
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Cluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

interface User {
  token?: string;
  tokenFile?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  exec?: Exec;
  'auth-provider'?: object;
  username?: string;
}

interface Exec {
  apiVersion?: string;
  command?: string;
  env?: { name: string; value: string }[];
  provideClusterInfo?: boolean;
}

interface Context {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** An entry of a kubeconfig and the file that it came from, which its relative paths start at. */
interface Entry<T> {
  readonly value: T;
  readonly file: string;
}

/** Kubeconfig files as one, by kubectl's rule: the first file that names a thing decides it. */
interface Kubeconfig {
  readonly files: readonly string[];
  readonly current: string | undefined;
  readonly clusters: ReadonlyMap<string, Entry<Cluster>>;
  readonly users: ReadonlyMap<string, Entry<User>>;
  readonly contexts: ReadonlyMap<string, Entry<Context>>;
}

/**
 * Finds the API server to talk to as kubectl does: `kubeconfig`, else the list in KUBECONFIG, else
 * `~/.kube/config`, else the cluster that this process runs in.
 * @throws KubeClientError E_KUBECONFIG_MISSING, E_KUBECONFIG_INVALID, E_CONTEXT_NONE, E_CONTEXT_UNKNOWN
 */
export async function loadAccess(options: AccessOptions = {}): Promise<ClusterAccess> {
  const env = options.env ?? process.env;
  const paths = kubeconfigPaths(options.kubeconfig, env);
  const texts =
    options.text === undefined ? readIfThere(paths) : [{ path: '/kubeconfig', text: options.text }];
  const kubeconfig = merged(texts);
  if (kubeconfig.files.length > 0) return accessOf(kubeconfig, options);
  const named = options.kubeconfig !== undefined || env['KUBECONFIG'] || options.context !== undefined;
  if (!named && env['KUBERNETES_SERVICE_HOST']) return inClusterAccess(options);
  throw new KubeClientError('E_KUBECONFIG_MISSING', { files: paths.join(', ') });
}

/**
 * An access as a kubeconfig's text of one context, for a program that takes nothing else. It carries the credentials
 * themselves: write it where its owner alone can read it.
 * @throws KubeClientError E_CREDENTIAL
 */
export async function kubeconfigText({ server, credentials }: ClusterAccess): Promise<string> {
  const { headers, tls } = await credentials();
  const data = (pem: string | undefined) => pem && Buffer.from(pem).toString('base64');
  const header = (name: string) => headers[name] as string | undefined;
  const cluster = {
    server: server.href.replace(/\/$/, ''),
    'certificate-authority-data': data(tls.ca),
    'tls-server-name': tls.servername,
    'insecure-skip-tls-verify': tls.rejectUnauthorized ? undefined : true,
  };
  const user = {
    token: header('Authorization')?.replace(/^Bearer /, ''),
    'client-certificate-data': data(tls.cert),
    'client-key-data': data(tls.key),
    as: header('Impersonate-User'),
    'as-uid': header('Impersonate-Uid'),
    'as-groups': headers['Impersonate-Group'],
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'hub',
    contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'hub' } }],
    clusters: [{ name: 'hub', cluster }],
    users: [{ name: 'hub', user }],
  });
}

/** The names of all contexts, for completion and for messages. */
export function listContexts(options: AccessOptions = {}): readonly string[] {
  const paths = kubeconfigPaths(options.kubeconfig, options.env ?? process.env);
  return [...merged(readIfThere(paths)).contexts.keys()];
}

function kubeconfigPaths(
  explicit: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (explicit !== undefined) return [resolve(explicit)];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return listed.map((path) => resolve(path));
  return [join(env['HOME'] || homedir(), '.kube', 'config')];
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KubeClientError('E_KUBECONFIG_INVALID', { file: path, detail: messageOf(error) }, error);
  }
}

interface Text {
  readonly path: string;
  readonly text: string;
}

function readIfThere(paths: readonly string[]): readonly Text[] {
  return paths.flatMap((path) => {
    const text = readIfExists(path);
    return text === undefined ? [] : [{ path, text }];
  });
}

function merged(texts: readonly Text[]): Kubeconfig {
  const files: string[] = [];
  let current: string | undefined;
  const clusters = new Map<string, Entry<Cluster>>();
  const users = new Map<string, Entry<User>>();
  const contexts = new Map<string, Entry<Context>>();
  for (const { path, text } of texts) {
    files.push(path);
    const parsed = parse(path, text);
    current ||= parsed['current-context'] as string | undefined;
    collect(clusters, parsed['clusters'], 'cluster', path);
    collect(users, parsed['users'], 'user', path);
    collect(contexts, parsed['contexts'], 'context', path);
  }
  return { files, current, clusters, users, contexts };
}

function parse(file: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch (error) {
    throw new KubeClientError('E_KUBECONFIG_INVALID', { file, detail: messageOf(error) }, error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new KubeClientError('E_KUBECONFIG_INVALID', { file, detail: 'not a mapping' });
  }
  return parsed as Record<string, unknown>;
}

function collect<T>(into: Map<string, Entry<T>>, list: unknown, field: string, file: string): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) {
    throw new KubeClientError('E_KUBECONFIG_INVALID', { file, detail: `${field}s is not a list` });
  }
  for (const item of list as { name?: unknown; [field: string]: unknown }[]) {
    if (typeof item?.name !== 'string') {
      throw new KubeClientError('E_KUBECONFIG_INVALID', {
        file,
        detail: `an entry of ${field}s has no name`,
      });
    }
    if (!into.has(item.name)) into.set(item.name, { value: (item[field] ?? {}) as T, file });
  }
}

function accessOf(kubeconfig: Kubeconfig, options: AccessOptions): ClusterAccess {
  const known = [...kubeconfig.contexts.keys()].join(', ') || '-';
  const name = options.context ?? kubeconfig.current;
  if (!name) throw new KubeClientError('E_CONTEXT_NONE', { files: kubeconfig.files.join(', '), known });
  const context = kubeconfig.contexts.get(name);
  if (!context) throw new KubeClientError('E_CONTEXT_UNKNOWN', { context: name, known });
  const invalid = (detail: string) =>
    new KubeClientError('E_KUBECONFIG_INVALID', { file: context.file, detail: `context ${name}: ${detail}` });

  const cluster = kubeconfig.clusters.get(context.value.cluster ?? '');
  if (!cluster?.value.server) throw invalid(`cluster ${context.value.cluster ?? '-'} has no server`);
  if (cluster.value['proxy-url']) throw invalid('proxy-url is not supported');
  const user: Entry<User> | undefined = context.value.user
    ? kubeconfig.users.get(context.value.user)
    : { value: {}, file: context.file };
  if (!user) throw invalid(`there is no user ${context.value.user}`);
  if (user.value.username) throw invalid('username and password are not supported');
  const server = URL.parse(cluster.value.server);
  if (!server || !/^https?:$/.test(server.protocol)) throw invalid(`not a URL: ${cluster.value.server}`);

  const userName = context.value.user ?? '';
  const asHeaders = impersonation(user.value, options.as);
  return {
    server,
    context: name,
    user: userName,
    namespace: context.value.namespace || 'default',
    credentials:
      user.value.exec || user.value['auth-provider']
        ? pluginCredentials(cluster, user, userName, asHeaders)
        : plainCredentials(cluster, user, userName, asHeaders),
  };
}

/** Impersonation headers; the values of `as-user-extra` are percent-encoded by the header's rule. */
function impersonation(user: User, override: AccessOptions['as']): Record<string, string | string[]> {
  if (override) {
    return {
      'Impersonate-User': override.user,
      ...(override.groups?.length ? { 'Impersonate-Group': [...override.groups] } : {}),
    };
  }
  if (!user.as) return {};
  return {
    'Impersonate-User': user.as,
    ...(user['as-uid'] ? { 'Impersonate-Uid': user['as-uid'] } : {}),
    ...(user['as-groups']?.length ? { 'Impersonate-Group': user['as-groups'] } : {}),
    ...Object.fromEntries(
      Object.entries(user['as-user-extra'] ?? {}).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key)}`,
        values,
      ]),
    ),
  };
}

function plainCredentials(
  cluster: Entry<Cluster>,
  user: Entry<User>,
  userName: string,
  asHeaders: Record<string, string | string[]>,
): () => Promise<Credentials> {
  const ca = source(cluster, 'certificate-authority', 'certificate-authority-data');
  const cert = source(user, 'client-certificate', 'client-certificate-data');
  const key = source(user, 'client-key', 'client-key-data');
  const token = user.value.tokenFile
    ? fileSource(resolve(dirname(user.file), user.value.tokenFile))
    : () => user.value.token;
  let tls: TlsMaterial | undefined;
  return async () => {
    try {
      tls = reuse(tls, cluster.value, ca(), cert(), key());
      const bearer = token()?.trim();
      return { headers: bearer ? { ...asHeaders, Authorization: `Bearer ${bearer}` } : asHeaders, tls };
    } catch (error) {
      throw new KubeClientError('E_CREDENTIAL', { user: userName, detail: messageOf(error) }, error);
    }
  };
}

/** Credentials that a program or provider hands out, run by client-node, which is loaded for them alone. */
function pluginCredentials(
  cluster: Entry<Cluster>,
  user: Entry<User>,
  userName: string,
  asHeaders: Record<string, string | string[]>,
): () => Promise<Credentials> {
  const ca = source(cluster, 'certificate-authority', 'certificate-authority-data');
  const authProvider = user.value['auth-provider'] as { name: string } | undefined;
  let config: Promise<ClientNodeConfig> | undefined;
  const load = async () => {
    const { KubeConfig } = await import('@kubernetes/client-node');
    const made = new KubeConfig();
    made.loadFromClusterAndUser(
      // client-node opens no connection here, so it need not trust the server.
      { name: 'cluster', server: cluster.value.server ?? '', skipTLSVerify: true },
      {
        name: userName,
        ...(user.value.exec ? { exec: execOf(user.value.exec, user.file, cluster.value, ca()) } : {}),
        ...(authProvider ? { authProvider } : {}),
      },
    );
    return made;
  };
  return delegatedCredentials(
    () => (config ??= load()),
    userName,
    asHeaders,
    (previous, { cert, key }) => reuse(previous, cluster.value, ca(), cert, key),
  );
}

/** The plugin with what the ExecCredential protocol promises it and client-node leaves out. */
function execOf(exec: Exec, file: string, cluster: Cluster, ca: string | undefined): Exec {
  const info = {
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo
        ? {
            cluster: {
              server: cluster.server,
              'tls-server-name': cluster['tls-server-name'],
              'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
              'certificate-authority-data': ca && Buffer.from(ca).toString('base64'),
            },
          }
        : {}),
    },
  };
  return {
    ...exec,
    // A command with a path in it is relative to its kubeconfig, by kubectl's rule.
    ...(exec.command?.includes('/') ? { command: resolve(dirname(file), exec.command) } : {}),
    env: [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  };
}

async function inClusterAccess(options: AccessOptions): Promise<ClusterAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromCluster();
  const user = 'in-cluster';
  return {
    server: new URL(config.getCurrentCluster()?.server ?? ''),
    context: '',
    user,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace?.trim() || 'default',
    credentials: delegatedCredentials(
      async () => config,
      user,
      impersonation({}, options.as),
      (previous, { ca }) => reuse(previous, {}, ca, undefined, undefined),
    ),
  };
}

/** Asks client-node, which keeps what may be kept, for each request's headers and TLS files. */
function delegatedCredentials(
  config: () => Promise<ClientNodeConfig>,
  userName: string,
  asHeaders: Record<string, string | string[]>,
  tlsOf: (
    previous: TlsMaterial | undefined,
    material: { readonly [field in 'ca' | 'cert' | 'key']: string | undefined },
  ) => TlsMaterial,
): () => Promise<Credentials> {
  let tls: TlsMaterial | undefined;
  return async () => {
    try {
      const headers: Record<string, string> = {};
      const applied: Parameters<ClientNodeConfig['applyToHTTPSOptions']>[0] = { headers };
      await (await config()).applyToHTTPSOptions(applied);
      tls = tlsOf(tls, {
        ca: applied.ca?.toString(),
        cert: applied.cert?.toString(),
        key: applied.key?.toString(),
      });
      return { headers: { ...headers, ...asHeaders }, tls };
    } catch (error) {
      throw new KubeClientError('E_CREDENTIAL', { user: userName, detail: messageOf(error) }, error);
    }
  };
}

/** The former material if it says the same, so that connections made with it stay in use. */
function reuse(
  previous: TlsMaterial | undefined,
  cluster: Cluster,
  ca: string | undefined,
  cert: string | undefined,
  key: string | undefined,
): TlsMaterial {
  if (previous && previous.ca === ca && previous.cert === cert && previous.key === key) return previous;
  const servername = cluster['tls-server-name'];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername ? { servername } : {}),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  };
}

/** Reads a value given either inline as base64 or as a file beside the kubeconfig; inline wins, as in kubectl. */
function source<T extends object>(
  entry: Entry<T>,
  fileField: keyof T,
  dataField: keyof T,
): () => string | undefined {
  const data = entry.value[dataField] as string | undefined;
  if (data) {
    const decoded = Buffer.from(data, 'base64').toString('utf8');
    return () => decoded;
  }
  const file = entry.value[fileField] as string | undefined;
  return file ? fileSource(resolve(dirname(entry.file), file)) : () => undefined;
}

/** A file's text, read again when the file has changed. */
function fileSource(path: string): () => string {
  let seen = '';
  let text = '';
  return () => {
    const { mtimeMs, ino, size } = statSync(path);
    const now = `${mtimeMs} ${ino} ${size}`;
    if (now !== seen) {
      text = readFileSync(path, 'utf8');
      seen = now;
    }
    return text;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
