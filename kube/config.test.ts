import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeMessages } from '../messages/kube.ts';
import { type AccessOptions, listContexts, loadAccess } from './config.ts';
import { KubeClientError } from './errors.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const city = `
apiVersion: v1
kind: Config
current-context: hub
clusters:
- {name: hub, cluster: {server: 'https://127.0.0.1:6443', certificate-authority: pki/ca.crt, tls-server-name: hub}}
- {name: open, cluster: {server: 'https://127.0.0.1:7443/base', insecure-skip-tls-verify: true}}
users:
- {name: ops, user: {token: first}}
- {name: clerk, user: {tokenFile: token, as: zhang, as-uid: '7', as-groups: [a, b], as-user-extra: {scopes: [x]}}}
contexts:
- {name: hub, context: {cluster: hub, user: ops, namespace: gov-health}}
- {name: clerk, context: {cluster: open, user: clerk}}
- {name: nobody, context: {cluster: open}}
`;

/** Fails the test if the access can be had, or if the error could not be shown to a person. */
async function refusal(options: AccessOptions): Promise<KubeClientError> {
  const error = await loadAccess(options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof KubeClientError)) throw new Error('not refused', { cause: error });
  const named = [...kubeMessages[error.code].en.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  expect(Object.keys(error.params).sort()).toEqual(named.sort());
  return error;
}

describe('loadAccess', () => {
  it('takes the current context, its namespace, and files relative to the kubeconfig', async () => {
    const kubeconfig = write('config', city);
    mkdirSync(join(dir, 'pki'));
    write('pki/ca.crt', 'THE CA');
    const access = await loadAccess({ kubeconfig, env: {} });
    expect(access).toMatchObject({ context: 'hub', user: 'ops', namespace: 'gov-health' });
    expect(access.server.href).toBe('https://127.0.0.1:6443/');
    expect(await access.credentials()).toEqual({
      headers: { Authorization: 'Bearer first' },
      tls: { ca: 'THE CA', servername: 'hub', rejectUnauthorized: true },
    });
  });

  it('reads a token file again when it changes, and keeps the TLS material that did not', async () => {
    const kubeconfig = write('config', city);
    write('token', 'one\n');
    const access = await loadAccess({ kubeconfig, context: 'clerk', env: {} });
    const first = await access.credentials();
    expect(first.headers).toEqual({
      Authorization: 'Bearer one',
      'Impersonate-User': 'zhang',
      'Impersonate-Uid': '7',
      'Impersonate-Group': ['a', 'b'],
      'Impersonate-Extra-scopes': ['x'],
    });
    expect(first.tls.rejectUnauthorized).toBe(false);
    expect(access.namespace).toBe('default');
    write('token', 'second\n');
    const second = await access.credentials();
    expect(second.headers['Authorization']).toBe('Bearer second');
    expect(second.tls).toBe(first.tls);
    rmSync(join(dir, 'token'));
    await expect(access.credentials()).rejects.toMatchObject({
      code: 'E_CREDENTIAL',
      params: { user: 'clerk' },
    });
  });

  it('reads client certificates from data and files, and gives new material when a file changes', async () => {
    const base64 = Buffer.from('CERT').toString('base64');
    write('key.pem', 'KEY');
    const kubeconfig = write(
      'config',
      `
clusters: [{name: c, cluster: {server: 'https://h'}}]
users: [{name: u, user: {client-certificate-data: ${base64}, client-key: key.pem}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
    );
    const access = await loadAccess({ kubeconfig, context: 'x', env: {} });
    const first = await access.credentials();
    expect(first.tls).toEqual({ cert: 'CERT', key: 'KEY', rejectUnauthorized: true });
    write('key.pem', 'OTHER KEY');
    expect((await access.credentials()).tls).toEqual({
      cert: 'CERT',
      key: 'OTHER KEY',
      rejectUnauthorized: true,
    });
  });

  it('replaces impersonation by --as', async () => {
    write('token', 't');
    const as = { user: 'li', groups: ['g'] };
    const access = await loadAccess({ kubeconfig: write('config', city), context: 'clerk', as, env: {} });
    const { headers } = await access.credentials();
    expect(headers).toEqual({
      Authorization: 'Bearer t',
      'Impersonate-User': 'li',
      'Impersonate-Group': ['g'],
    });
  });

  it('merges a KUBECONFIG list: the first file that names a thing decides, missing files do not matter', async () => {
    const first = write(
      'first',
      'contexts: [{name: hub, context: {cluster: hub, user: ops, namespace: mine}}]',
    );
    const second = write('second', city);
    const KUBECONFIG = [join(dir, 'missing'), '', first, second].join(delimiter);
    const access = await loadAccess({ env: { KUBECONFIG } });
    expect(access).toMatchObject({ context: 'hub', namespace: 'mine' });
    expect(listContexts({ env: { KUBECONFIG } })).toEqual(['hub', 'clerk', 'nobody']);
    const only = await loadAccess({ kubeconfig: second, env: { KUBECONFIG } });
    expect(only.namespace).toBe('gov-health');
  });

  it('looks in the home folder last', async () => {
    mkdirSync(join(dir, '.kube'));
    write('.kube/config', city);
    expect((await loadAccess({ env: { HOME: dir } })).context).toBe('hub');
  });

  it('goes without credentials where the context names no user', async () => {
    const access = await loadAccess({ kubeconfig: write('config', city), context: 'nobody', env: {} });
    expect(await access.credentials()).toEqual({ headers: {}, tls: { rejectUnauthorized: false } });
  });

  const cases: [string, string, string, RegExp][] = [
    [
      'no current context',
      city.replace(/current-context.*/, ''),
      'E_CONTEXT_NONE',
      /known: hub, clerk, nobody/,
    ],
    [
      'an unknown context',
      city.replace('current-context: hub', 'current-context: hup'),
      'E_CONTEXT_UNKNOWN',
      /hup/,
    ],
    ['no YAML', 'a: [', 'E_KUBECONFIG_INVALID', /config/],
    ['another shape', '- a', 'E_KUBECONFIG_INVALID', /not a mapping/],
    ['a list that is none', 'clusters: {}', 'E_KUBECONFIG_INVALID', /clusters is not a list/],
    ['an entry without name', 'users: [{user: {}}]', 'E_KUBECONFIG_INVALID', /users has no name/],
    ['an unknown user', city.replace('user: ops,', 'user: opps,'), 'E_KUBECONFIG_INVALID', /no user opps/],
    [
      'an unknown cluster',
      city.replace('{cluster: hub,', '{cluster: x,'),
      'E_KUBECONFIG_INVALID',
      /cluster x has no/,
    ],
    [
      'a server that is no URL',
      city.replace('https://127.0.0.1:6443', 'h:x:y'),
      'E_KUBECONFIG_INVALID',
      /not a URL/,
    ],
    ['a proxy', city.replace("6443',", "6443', proxy-url: 'http://p',"), 'E_KUBECONFIG_INVALID', /proxy-url/],
    ['a password', city.replace('token: first', 'username: a'), 'E_KUBECONFIG_INVALID', /password/],
  ];
  it.each(cases)('refuses %s', async (_, text, code, message) => {
    const error = await refusal({ kubeconfig: write('config', text), env: {} });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('says where it looked when there is no kubeconfig', async () => {
    expect((await refusal({ env: { HOME: dir } })).params).toEqual({ files: join(dir, '.kube/config') });
    expect((await refusal({ kubeconfig: join(dir, 'x'), env: {} })).code).toBe('E_KUBECONFIG_MISSING');
    // A kubeconfig that is asked for and missing does not fall back to the cluster that the process runs in.
    const KUBECONFIG = join(dir, 'y');
    const env = { KUBECONFIG, KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    expect((await refusal({ env })).code).toBe('E_KUBECONFIG_MISSING');
  });
});
