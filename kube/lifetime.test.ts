import { expect, test } from 'vitest';
import { loadAccess } from './config.ts';
import { lifetimeOf } from './lifetime.ts';

const part = (it: object) => Buffer.from(JSON.stringify(it)).toString('base64url');
const token = (payload: object) => `${part({ alg: 'RS256' })}.${part(payload)}.c2ln`;

const lifetimeWith = async (user: object) =>
  lifetimeOf(
    await loadAccess({
      text: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://localhost:1' } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    }),
  );

/** Made for this test: its key was thrown away. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUZNxjXXer/c+W2eMb5E7fw4yWQgkwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjcxMzE0NDVaFw0yNjExMjgxMzE0NDVa
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATNTjs5
jStgLV5SW2e5zTJhCOBiygXuDecAIKpzFTP14oeOtHNo7dNriXUZykKSmI5NjfQD
CYknCgw1HMgDz3lOo1MwUTAdBgNVHQ4EFgQUIbfGJL4dIkyIBDNJzx8gthdxTXkw
HwYDVR0jBBgwFoAUIbfGJL4dIkyIBDNJzx8gthdxTXkwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiAjFPOAQ1VIu2Ylr/j4nQNjoBGJXoBOygk+DuRP
7tbwzgIgY8KBl8Aoy7hrkAhg/QB1wiXBjzqCVmfcjKDOjr4JiNE=
-----END CERTIFICATE-----`;

const DAY = { from: Date.parse('2026-11-27T13:14:45Z'), until: Date.parse('2026-11-28T13:14:45Z') };

test.each([
  ['a token that says both', { token: token({ iat: 100, exp: 3700 }) }, { from: 100_000, until: 3_700_000 }],
  ['a token that says its end alone', { token: token({ exp: 3700 }) }, { until: 3_700_000 }],
  ['a token without an end', { token: token({ iat: 100 }) }, undefined],
  ['a token of another form', { token: 'abc' }, undefined],
  ['a token of three parts that is no JWT', { token: 'a.b.c' }, undefined],
  ['nothing', {}, undefined],
  [
    'a client certificate',
    { 'client-certificate-data': btoa(CERTIFICATE), 'client-key-data': btoa('none') },
    DAY,
  ],
])('%s', async (_, user, expected) => {
  expect(await lifetimeWith(user)).toEqual(expected);
});
