import { describe, expect, it } from 'vitest';
import { Environment } from '../environment.ts';
import { reportsSettingsOf } from './settings.ts';

const needed = {
  GOVCLOUD_REPORTS_TLS_CERT: 'c',
  GOVCLOUD_REPORTS_TLS_KEY: 'k',
  GOVCLOUD_REPORTS_CLIENT_CA: 'a',
  GOVCLOUD_DATABASE_HOST: '/socket',
};

describe('reportsSettingsOf', () => {
  it('has defaults that reach nothing from outside', () => {
    const env = new Environment({ ...needed, GOVCLOUD_REPORTS_PORT: '9443', PGUSER: 'ignored' });
    expect(reportsSettingsOf(env)).toEqual({
      host: '127.0.0.1',
      port: 9443,
      certFile: 'c',
      keyFile: 'k',
      clientCaFile: 'a',
      allowedNames: ['front-proxy-client'],
      kubeconfig: undefined,
      books: { host: '/socket', port: 5432, database: 'govcloud', user: 'govcloud_reports' },
    });
  });

  it.each([
    [{ GOVCLOUD_REPORTS_CLIENT_CA: '' }, /E_SETTING_MISSING.*GOVCLOUD_REPORTS_CLIENT_CA/],
    [{ GOVCLOUD_DATABASE_HOST: '' }, /E_SETTING_MISSING.*GOVCLOUD_DATABASE_HOST/],
    [{ GOVCLOUD_REPORTS_PORT: '65536' }, /E_SETTING_INVALID.*GOVCLOUD_REPORTS_PORT/],
    [{ GOVCLOUD_REPORTS_ALLOWED_NAMES: ',' }, /E_SETTING_INVALID.*GOVCLOUD_REPORTS_ALLOWED_NAMES/],
  ])('refuses %j', (wrong, message) => {
    expect(() => reportsSettingsOf(new Environment({ ...needed, ...wrong }))).toThrow(message);
  });
});
