import { canonicalJson } from '../canonical.ts';
import { GovError, reason } from '../errors.ts';
import { isSm2Signature, publicSm2, signSm2 } from './sm2.ts';

/** A place in the audit chain that somebody has seen and signed, to be kept where the books' keepers cannot reach. */
export interface SignedCheckpoint {
  readonly seq: number;
  /** The link of the record `seq`, 64 hexadecimal digits: it covers every record before it. */
  readonly hash: string;
  /** When it was seen, by the database's clock, RFC 3339. */
  readonly at: string;
  /** SM2 over the canonical JSON of the other members. */
  readonly signature: string;
}

/** @param key a private SM2 key, PEM @throws GovError E_SIGNING_KEY */
export function signCheckpoint(
  { seq, hash, at }: Omit<SignedCheckpoint, 'signature'>,
  key: string,
): SignedCheckpoint {
  const signature = signSm2(canonicalJson({ seq, hash, at }), key);
  if (signature === undefined) throw new GovError(reason('E_SIGNING_KEY', {}));
  return { seq, hash, at, signature };
}

/** A line of a file of checkpoints. */
export function checkpointLine({ seq, hash, at, signature }: SignedCheckpoint): string {
  return `${canonicalJson({ seq, hash, at, signature })}\n`;
}

/**
 * Reads a file of checkpoints, one a line, oldest first, and trusts none that `key` has not signed.
 * @param key an SM2 key, PEM, public or private
 * @throws GovError E_SIGNING_KEY; E_CHECKPOINT_FORM, _SIGNATURE or _ORDER names the first line that is not as written
 */
export function readCheckpoints(text: string, key: string): readonly SignedCheckpoint[] {
  const publicKey = publicSm2(key);
  if (publicKey === undefined) throw new GovError(reason('E_SIGNING_KEY', {}));
  const lines = text === '' ? [] : text.split(/(?<=\n)/);
  let last = 0;
  return lines.map((line, index) => {
    const number = String(index + 1);
    const bad = (code: Fault) => new GovError(reason(code, { line: number }, `line ${number}`));
    // A line that no new line ends was not written whole.
    const it = line.endsWith('\n') ? parsed(line) : undefined;
    if (!it) throw bad('E_CHECKPOINT_FORM');
    const { seq, hash, at } = it;
    if (!isSm2Signature(canonicalJson({ seq, hash, at }), it.signature, publicKey))
      throw bad('E_CHECKPOINT_SIGNATURE');
    if (seq <= last) throw bad('E_CHECKPOINT_ORDER');
    last = seq;
    return it;
  });
}

type Fault = 'E_CHECKPOINT_FORM' | 'E_CHECKPOINT_SIGNATURE' | 'E_CHECKPOINT_ORDER';

function parsed(line: string): SignedCheckpoint | undefined {
  let it: Partial<SignedCheckpoint> | null;
  try {
    it = JSON.parse(line) as Partial<SignedCheckpoint> | null;
  } catch {
    return undefined;
  }
  const isWhole =
    Number.isSafeInteger(it?.seq) &&
    /^[0-9a-f]{64}$/.test(it?.hash ?? '') &&
    typeof it?.at === 'string' &&
    /^[0-9a-f]+$/.test(it.signature ?? '');
  return isWhole ? (it as SignedCheckpoint) : undefined;
}
