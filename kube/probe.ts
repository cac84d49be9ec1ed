import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ClusterAccess } from './config.ts';
import { KubeClientError } from './errors.ts';

/** What a server says of itself to whoever knocks. */
export interface Probe {
  /** Its clock, RFC 3339, in whole seconds. */
  readonly at: string;
  /** When its certificate ends, RFC 3339. */
  readonly certificateUntil: string;
}

const LIMIT_MS = 10_000;

/** Asks an API server what anybody may ask. @throws KubeClientError E_API_UNREACHABLE */
export async function probe(access: ClusterAccess): Promise<Probe> {
  const { tls } = await access.credentials();
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      const params = { server: access.server.origin, detail: error.message };
      reject(new KubeClientError('E_API_UNREACHABLE', params, error));
    };
    const asked = request(
      new URL('/version', access.server),
      { ...tls, agent: false, timeout: LIMIT_MS },
      (answer) => {
        const { valid_to } = (answer.socket as TLSSocket).getPeerCertificate();
        answer.resume();
        answer.once('error', failed);
        answer.once('end', () =>
          resolve({
            at: new Date(answer.headers.date ?? '').toISOString(),
            certificateUntil: new Date(valid_to).toISOString(),
          }),
        );
      },
    );
    asked.once('timeout', () => asked.destroy(new Error(`no answer in ${LIMIT_MS} ms`)));
    asked.once('error', failed);
    asked.end();
  });
}
