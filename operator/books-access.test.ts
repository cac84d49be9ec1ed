import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { booksAccessOf } from './books-access.ts';
import { Environment } from './environment.ts';

let dir: string;
let ca: string;
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-test-'));
  ca = join(dir, 'ca.crt');
  writeFileSync(ca, PEM);
});
afterAll(() => rmSync(dir, { recursive: true }));

const read = (variables: Record<string, string>) => {
  const named = Object.entries(variables).map(([name, value]) => [`GOVCLOUD_DATABASE_${name}`, value]);
  return booksAccessOf(new Environment(Object.fromEntries(named) as Record<string, string>), 'role');
};

describe('booksAccessOf', () => {
  it('reads everything', () => {
    const file = join(dir, 'password');
    writeFileSync(file, 'p@ss \n');
    const access = read({
      HOST: 'db.example',
      PORT: '6432',
      NAME: 'books',
      USER: 'someone',
      PASSWORD_FILE: file,
      CA_FILE: ca,
    });
    expect(access).toEqual({
      host: 'db.example',
      port: 6432,
      database: 'books',
      user: 'someone',
      password: 'p@ss',
      tls: { ca: PEM },
    });
  });

  it.each([
    ['/run/postgresql', undefined],
    ['localhost', undefined],
    ['127.0.0.1', undefined],
    ['::1', undefined],
    ['db.example', {}],
    ['127.example', {}],
    ['10.0.0.1', {}],
  ])('at %s has TLS %j unless told otherwise', (HOST, tls) => {
    expect(read({ HOST }).tls).toEqual(tls);
  });

  it('has TLS on this machine when asked, and none elsewhere only when asked', () => {
    expect(read({ HOST: 'localhost', TLS: 'verify-full' }).tls).toEqual({});
    expect(read({ HOST: 'localhost', CA_FILE: ca }).tls).toEqual({ ca: PEM });
    expect(read({ HOST: 'db.example', TLS: 'off' }).tls).toBeUndefined();
  });

  it.each([
    [{ HOST: '' }, /E_SETTING_MISSING.*GOVCLOUD_DATABASE_HOST/],
    [{ HOST: 'db', PORT: '5432x' }, /E_SETTING_INVALID.*GOVCLOUD_DATABASE_PORT/],
    [{ HOST: 'db', TLS: 'require' }, /E_SETTING_INVALID.*GOVCLOUD_DATABASE_TLS.*verify-full/],
    [{ HOST: '/run/postgresql', TLS: 'verify-full' }, /E_SETTING_INVALID.*\/run\/postgresql/],
    [{ HOST: 'db', CA_FILE: '/nowhere/ca.crt' }, /E_SETTING_FILE.*CA_FILE.*\/nowhere\/ca\.crt/],
    [{ HOST: 'db', PASSWORD_FILE: '/nowhere/password' }, /E_SETTING_FILE.*PASSWORD_FILE/],
  ])('refuses %j', (variables, message) => {
    expect(() => read(variables)).toThrow(message);
  });

  it('refuses a CA without TLS, and a CA that is none', () => {
    expect(() => read({ HOST: 'db', CA_FILE: ca, TLS: 'off' })).toThrow(/E_SETTING_INVALID.*CA_FILE/);
    const file = join(dir, 'empty');
    writeFileSync(file, '');
    expect(() => read({ HOST: 'db', CA_FILE: file })).toThrow(/E_SETTING_FILE.*no PEM certificate/);
  });
});
