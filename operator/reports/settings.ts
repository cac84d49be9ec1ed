import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ConnectOptions } from '../../books/database.ts';
import { renderBoth } from '../../messages/index.ts';
import { reportsSettings } from '../../messages/reports.ts';

/** A setting that is missing or that cannot be used. */
export class SettingError extends Error {
  override readonly name = 'SettingError';

  constructor(code: keyof typeof reportsSettings, params: Readonly<Record<string, string>>) {
    super(`${code}: ${renderBoth(reportsSettings[code], params)}`);
  }
}

export interface ReportsSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  readonly allowedNames: readonly string[];
  /** Left out: as kubectl finds it, or the cluster that the process runs in. */
  readonly kubeconfig: string | undefined;
  readonly database: Omit<ConnectOptions, 'onIdleError'>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const FLAGS = ['host', 'port', 'tls-cert', 'tls-key', 'client-ca', 'allowed-names', 'kubeconfig'] as const;

/**
 * Settings of the reports server: each a flag (`--tls-cert FILE`) or an environment variable
 * (`GOVCLOUD_REPORTS_TLS_CERT`); the flag wins. The database comes from the environment alone, see
 * `databaseSettings`, so that no password stands in a command line.
 * @throws SettingError; TypeError for an unknown flag
 */
export function reportsSettingsOf(args: readonly string[], env: Environment): ReportsSettings {
  const options = Object.fromEntries(FLAGS.map((flag) => [flag, { type: 'string' as const }]));
  const flags = parseArgs({ args: [...args], options, strict: true }).values;
  const value = (flag: (typeof FLAGS)[number]) => {
    const variable = `GOVCLOUD_REPORTS_${flag.toUpperCase().replaceAll('-', '_')}`;
    return (flags[flag] as string | undefined) ?? (env[variable] || undefined);
  };
  const required = (flag: (typeof FLAGS)[number]) => {
    const found = value(flag);
    if (found === undefined) throw new SettingError('E_REPORTS_SETTING_MISSING', { setting: `--${flag}` });
    return found;
  };
  const allowedNames = (value('allowed-names') ?? 'front-proxy-client').split(',').filter((it) => it !== '');
  if (allowedNames.length === 0) {
    throw new SettingError('E_REPORTS_SETTING_MISSING', { setting: '--allowed-names' });
  }
  return {
    host: value('host') ?? '127.0.0.1',
    port: portOf('--port', value('port') ?? '8443'),
    certFile: required('tls-cert'),
    keyFile: required('tls-key'),
    clientCaFile: required('client-ca'),
    allowedNames,
    kubeconfig: value('kubeconfig'),
    database: databaseSettings(env, 'govcloud_reports'),
  };
}

/**
 * How to reach the books: GOVCLOUD_DATABASE (`postgresql://user:password@host:port/database?sslmode=verify-full`; a
 * socket's folder as `?host=/folder`), where absent PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE and
 * PGSSLROOTCERT. Of the SSL modes only `disable` (the default) and `verify-full` are known: those between them look
 * safer than they are.
 * @param defaultUser the role of the process that asks
 * @throws SettingError
 */
export function databaseSettings(env: Environment, defaultUser: string): Omit<ConnectOptions, 'onIdleError'> {
  const text = env['GOVCLOUD_DATABASE'] || undefined;
  const url = text === undefined ? undefined : databaseUrl(text);
  const value = (part: string | null | undefined, variable: string) =>
    (part ? decodeURIComponent(part) : undefined) ?? (env[variable] || undefined);
  const host = value(url?.searchParams.get('host') ?? url?.hostname, 'PGHOST');
  if (host === undefined) throw new SettingError('E_REPORTS_SETTING_MISSING', { setting: 'PGHOST' });
  const password = value(url?.password, 'PGPASSWORD');
  const sslMode = value(url?.searchParams.get('sslmode'), 'PGSSLMODE') ?? 'disable';
  if (sslMode !== 'disable' && sslMode !== 'verify-full') {
    const params = { setting: 'PGSSLMODE', value: sslMode, expected: 'disable, verify-full' };
    throw new SettingError('E_REPORTS_SETTING_INVALID', params);
  }
  const rootCert = value(url?.searchParams.get('sslrootcert'), 'PGSSLROOTCERT');
  const ca = rootCert === undefined ? {} : { ca: readFileSync(rootCert, 'utf8') };
  return {
    host,
    port: portOf('PGPORT', value(url?.port, 'PGPORT') ?? '5432'),
    database: value(url?.pathname.slice(1), 'PGDATABASE') ?? 'govcloud',
    user: value(url?.username, 'PGUSER') ?? defaultUser,
    ...(password === undefined ? {} : { password }),
    ...(sslMode === 'disable' ? {} : { ssl: { rejectUnauthorized: true, ...ca } }),
  };
}

function databaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['postgres:', 'postgresql:'].includes(url.protocol)) return url;
  // The value may carry a password: it is not repeated.
  const expected = 'postgresql://user@host:port/database';
  throw new SettingError('E_REPORTS_SETTING_INVALID', {
    setting: 'GOVCLOUD_DATABASE',
    value: '…',
    expected,
  });
}

function portOf(setting: string, value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new SettingError('E_REPORTS_SETTING_INVALID', { setting, value, expected: '0-65535' });
}
