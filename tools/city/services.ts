import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GovError, reason } from '../../domain/errors.ts';
import { applyManifests } from '../../kube/manifests.ts';
import { apiServiceManifests, reportsServerName } from '../../operator/reports/apiservice.ts';
import { writeWhole } from '../localcity/files.ts';
import { cacheRoot } from '../localcity/go.ts';
import type { Home } from '../localcity/home.ts';
import { issueCertificates } from '../localcity/pki.ts';
import { reservePorts } from '../localcity/ports.ts';
import type { Postgres } from '../localcity/postgres.ts';
import { answersOk } from '../localcity/probe.ts';
import { startProcess, type StartOptions } from '../localcity/process.ts';
import { issueToken, kubeconfigText, writeSecret } from './access.ts';
import { INSTALLER } from './hub.ts';
import { frontProxyOf, type HubAccess } from './hub-access.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYSTEM_NAMESPACE = 'govcloud-system';

/** How long the credentials of our own processes last; each `up` issues them anew. */
const TOKEN_SECONDS = 30 * 86_400;
const CERTIFICATE_HOURS = 365 * 24;

/** A kubeconfig for a service account of ours, in the city's folder. */
async function credentialsOf(home: Home, hub: HubAccess, name: string, account: string): Promise<string> {
  const token = await issueToken(hub.client, { namespace: SYSTEM_NAMESPACE, name: account }, TOKEN_SECONDS);
  const path = join(home.dir, name, 'kubeconfig');
  writeSecret(
    path,
    kubeconfigText({ name: 'hub', url: hub.url, caPem: hub.caPem }, [{ name: account, token }]),
  );
  return path;
}

/**
 * What a process of ours needs of the environment. Most of its start is reading and stripping its sources; what Node
 * made of them is kept where the CLI's is.
 */
export function nodeEnv(): Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: join(cacheRoot(process.env), 'compile') };
}

/** The way to the books, for a process of ours. */
function booksEnv({ host, port, database }: Pick<Postgres, 'host' | 'port' | 'database'>) {
  return {
    GOVCLOUD_DATABASE_HOST: host,
    GOVCLOUD_DATABASE_PORT: String(port),
    GOVCLOUD_DATABASE_NAME: database,
  };
}

/** The file of the operator's key, made at the first start. @throws GovError E_CITY_KEY when that of an earlier start is gone */
function operatorKey(home: Home): string {
  const file = join(home.dir, 'operator', 'credential.key');
  if (!existsSync(file)) {
    // Passwords of delivered services derive from it: another one would change them all.
    if (home.state.ports['operator'] !== undefined)
      throw new GovError(reason('E_CITY_KEY', { file, dir: home.dir }));
    writeSecret(file, randomBytes(32).toString('base64'));
  }
  return file;
}

/** Where the operator will answer, HOST:PORT. @throws GovError E_CITY_KEY, E_PORT_* */
export async function operatorAddress(home: Home): Promise<string> {
  operatorKey(home);
  const { operator } = await reservePorts(home, ['operator']);
  return `127.0.0.1:${operator}`;
}

/**
 * Starts the operator, or goes on with the one that runs.
 * @returns where it answers /healthz, /readyz and /metrics
 * @throws GovError E_CITY_KEY when the key of an earlier start is gone, E_PROCESS_*
 */
export async function startOperator(
  home: Home,
  hub: HubAccess,
  postgres: Postgres,
  env: Readonly<Record<string, string>>,
  start: StartOptions,
): Promise<string> {
  const name = 'operator';
  const kubeconfig = await credentialsOf(home, hub, name, 'govcloud-operator');
  const keyFile = operatorKey(home);
  const { operator: port } = await reservePorts(home, [name]);
  const url = `http://127.0.0.1:${port}`;
  await startProcess(
    home,
    {
      name,
      command: process.execPath,
      args: [join(ROOT, 'operator/main.ts')],
      env: {
        ...nodeEnv(),
        GOVCLOUD_KUBECONFIG: kubeconfig,
        ...booksEnv(postgres),
        GOVCLOUD_CREDENTIAL_KEY_FILE: keyFile,
        GOVCLOUD_HEALTH_PORT: String(port),
        ...(hub.auditLog === undefined ? {} : { GOVCLOUD_HUB_AUDIT_LOG: hub.auditLog }),
        ...env,
      },
      ready: async (signal) => (await isReadOnly(url, signal)) || answersOk(`${url}/readyz`, signal),
    },
    start,
  );
  return url;
}

/** Whether the operator writes nothing because hub and books are apart: it then is not ready, but all there is. */
export async function isReadOnly(operatorUrl: string, signal: AbortSignal): Promise<boolean> {
  const answer = await fetch(`${operatorUrl}/metrics`, { signal });
  return /^govcloud_read_only 1$/m.test(await answer.text());
}

/** Starts the reports server, or goes on with the one that runs, and registers it as an aggregated API. */
export async function startReports(
  home: Home,
  hub: HubAccess,
  postgres: Postgres,
  certs: string,
  start: StartOptions,
): Promise<void> {
  const name = 'reports';
  const authority = 'reports-ca';
  const pki = (file: string) => join(home.dir, name, file);
  mkdirSync(join(home.dir, name), { recursive: true, mode: 0o700 });
  const hosts = [reportsServerName(SYSTEM_NAMESPACE), 'localhost', '127.0.0.1'];
  await issueCertificates(
    certs,
    join(home.dir, name),
    [authority],
    [{ name: 'server', authority, commonName: name, hours: CERTIFICATE_HOURS, hosts }],
  );
  const frontProxy = await frontProxyOf(hub.client);
  writeWhole(pki('front-proxy-ca.crt'), frontProxy.caPem, 0o600);
  const kubeconfig = await credentialsOf(home, hub, name, 'govcloud-reports');
  const { reports: port } = await reservePorts(home, [name]);
  const probe = { ca: pki(`${authority}.crt`), cert: pki('server.crt'), key: pki('server.key') };
  await startProcess(
    home,
    {
      name,
      command: process.execPath,
      args: [join(ROOT, 'operator/reports/main.ts')],
      env: {
        ...nodeEnv(),
        GOVCLOUD_REPORTS_PORT: String(port),
        GOVCLOUD_REPORTS_TLS_CERT: pki('server.crt'),
        GOVCLOUD_REPORTS_TLS_KEY: pki('server.key'),
        GOVCLOUD_REPORTS_CLIENT_CA: pki('front-proxy-ca.crt'),
        GOVCLOUD_REPORTS_ALLOWED_NAMES: frontProxy.allowedNames.join(','),
        GOVCLOUD_REPORTS_KUBECONFIG: kubeconfig,
        ...booksEnv(postgres),
      },
      ready: (signal) => answersOk(`https://127.0.0.1:${port}/readyz`, signal, probe),
    },
    start,
  );
  const caBundle = readFileSync(pki(`${authority}.crt`), 'utf8');
  const registration = apiServiceManifests({ namespace: SYSTEM_NAMESPACE, port, caBundle });
  await applyManifests(hub.client, registration, { fieldManager: INSTALLER, force: true });
}
