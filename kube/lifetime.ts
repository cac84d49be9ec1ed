import { X509Certificate } from 'node:crypto';
import type { ClusterAccess } from './config.ts';

/** From when to when a credential is good, in milliseconds since 1970. */
export interface Lifetime {
  /** Absent for a token that does not say it. */
  readonly from?: number;
  readonly until: number;
}

/**
 * The lifetime of what a connection shows: its bearer token, or else its client certificate. Undefined when it has
 * neither, or a token that says nothing of its end.
 * @throws KubeClientError E_CREDENTIAL
 */
export async function lifetimeOf(access: ClusterAccess): Promise<Lifetime | undefined> {
  const { headers, tls } = await access.credentials();
  const header = headers['Authorization'] ?? headers['authorization'];
  if (header !== undefined) return tokenLifetime(String(header));
  return tls.cert === undefined ? undefined : certificateLifetime(tls.cert);
}

/** @param pem the first certificate counts */
export function certificateLifetime(pem: string): Lifetime {
  const { validFrom, validTo } = new X509Certificate(pem);
  return { from: Date.parse(validFrom), until: Date.parse(validTo) };
}

function tokenLifetime(header: string): Lifetime | undefined {
  const [, payload] = /^Bearer [^.]+\.([^.]+)\.[^.]+$/.exec(header) ?? [];
  if (payload === undefined) return undefined;
  try {
    const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    if (typeof exp !== 'number') return undefined;
    return { ...(typeof iat === 'number' ? { from: iat * 1000 } : {}), until: exp * 1000 };
  } catch {
    // A token of another form says nothing of its end.
    return undefined;
  }
}
