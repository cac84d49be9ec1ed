import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GovError, reason } from '../../domain/errors.ts';
import { writeWhole } from './files.ts';

/** A certificate to issue, on an ECDSA P-256 key of its own. */
export interface CertificateRequest {
  /** Names the files NAME.crt and NAME.key. */
  readonly name: string;
  /** One of the request's authorities. */
  readonly authority: string;
  readonly commonName: string;
  /** Groups, where Kubernetes reads the certificate. */
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses of a server; a client's certificate has none. */
  readonly hosts?: readonly string[];
  readonly hours: number;
}

/**
 * Issues certificates into a folder, mode 0600. Authorities that the folder already has are kept; certificates are
 * issued anew. Node can check certificates but not make them, so this runs the project's program `certs`.
 * @throws GovError E_CERTIFICATES; E_CITY_KEY when one of an authority's two files is gone.
 */
export async function issueCertificates(
  certs: string,
  dir: string,
  authorities: readonly string[],
  certificates: readonly CertificateRequest[],
): Promise<void> {
  for (const authority of authorities) {
    const parts = [`${authority}.crt`, `${authority}.key`].map((name) => join(dir, name));
    const [gone, ...both] = parts.filter((file) => !existsSync(file));
    // Of one that is half there another would be made, which nobody who runs trusts.
    if (gone !== undefined && both.length === 0)
      throw new GovError(reason('E_CITY_KEY', { file: gone, dir }));
  }
  const fresh = authorities.filter((it) => !existsSync(join(dir, `${it}.crt`)));
  const child = spawn(certs, [], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = new Promise<number | NodeJS.Signals | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, killedBy) => done(code ?? killedBy));
  });
  child.stdin.end(JSON.stringify({ dir, authorities, certificates }));
  const [detail, exit] = await Promise.all([text(child.stderr), ended]);
  if (exit === 0) return;
  // Nobody trusts them yet, and one that is half there, on a full disk, would stop the next start.
  for (const it of fresh)
    for (const part of ['crt', 'key']) rmSync(join(dir, `${it}.${part}`), { force: true });
  throw new GovError(reason('E_CERTIFICATES', { detail: detail.trim() || `exit ${exit}` }));
}

/** A key pair that signs service account tokens: NAME.key and NAME.pub, made once. */
export function ensureSigningKey(dir: string, name: string): void {
  const file = join(dir, `${name}.key`);
  if (existsSync(file)) return;
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeWhole(join(dir, `${name}.pub`), publicKey, 0o600);
  // Last, since its being there stands for both.
  writeWhole(file, privateKey, 0o600);
}
