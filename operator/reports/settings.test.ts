import { describe, expect, it } from 'vitest';
import { databaseSettings, reportsSettingsOf, SettingError } from './settings.ts';

const flags = ['--tls-cert=c', '--tls-key=k', '--client-ca=a'];

describe('reportsSettingsOf', () => {
  it('takes a flag before its environment variable, and defaults that reach nothing from outside', () => {
    const env = {
      GOVCLOUD_REPORTS_TLS_CERT: 'other',
      GOVCLOUD_REPORTS_PORT: '9443',
      GOVCLOUD_REPORTS_ALLOWED_NAMES: 'front-proxy-client,aggregator',
      PGHOST: '/socket',
    };
    expect(reportsSettingsOf(flags, env)).toEqual({
      host: '127.0.0.1',
      port: 9443,
      certFile: 'c',
      keyFile: 'k',
      clientCaFile: 'a',
      allowedNames: ['front-proxy-client', 'aggregator'],
      kubeconfig: undefined,
      database: { host: '/socket', port: 5432, database: 'govcloud', user: 'govcloud_reports' },
    });
    expect(reportsSettingsOf(flags, { PGHOST: '/socket' }).allowedNames).toEqual(['front-proxy-client']);
  });

  it.each([
    [['--tls-cert=c', '--tls-key=k'], { PGHOST: 'db' }, /E_REPORTS_SETTING_MISSING.*--client-ca/],
    [flags, {}, /E_REPORTS_SETTING_MISSING.*PGHOST/],
    [[...flags, '--port=65536'], { PGHOST: 'db' }, /E_REPORTS_SETTING_INVALID.*--port/],
    [[...flags, '--allowed-names=,'], { PGHOST: 'db' }, /E_REPORTS_SETTING_MISSING.*--allowed-names/],
  ])('refuses %j with %j', (args, env, message) => {
    expect(() => reportsSettingsOf(args, env)).toThrow(message);
  });

  it('refuses a flag that it does not know', () => {
    expect(() => reportsSettingsOf([...flags, '--tls-crt=c'], { PGHOST: 'db' })).toThrow(/tls-crt/);
  });
});

describe('databaseSettings', () => {
  it('reads a URL', () => {
    const url = 'postgresql://reader:p%40ss@db.example:6432/books?sslmode=verify-full';
    expect(databaseSettings({ GOVCLOUD_DATABASE: url, PGHOST: 'ignored' }, 'x')).toEqual({
      host: 'db.example',
      port: 6432,
      database: 'books',
      user: 'reader',
      password: 'p@ss',
      ssl: { rejectUnauthorized: true },
    });
  });

  it('reads a socket’s folder from a URL and fills the rest from the environment', () => {
    const env = { GOVCLOUD_DATABASE: 'postgres:///books?host=/run/pg', PGUSER: 'someone', PGPORT: '5433' };
    const expected = { host: '/run/pg', port: 5433, database: 'books', user: 'someone' };
    expect(databaseSettings(env, 'x')).toEqual(expected);
  });

  it('refuses an SSL mode that does not check the server', () => {
    expect(() => databaseSettings({ PGHOST: 'db', PGSSLMODE: 'require' }, 'x')).toThrow(SettingError);
  });

  it('does not repeat a URL that it cannot read', () => {
    const read = () => databaseSettings({ GOVCLOUD_DATABASE: 'mysql://u:secret@db/x' }, 'x');
    expect(read).toThrow(/E_REPORTS_SETTING_INVALID/);
    expect(read).not.toThrow(/secret/);
  });
});
