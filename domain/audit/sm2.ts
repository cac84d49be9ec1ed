import { createPrivateKey, createPublicKey } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';

/** Signatures by SM2 over SM3 (GB/T 32918.2), DER, as OpenSSL makes and checks them with `distid` set. */

/** The identity that GM/T 0009 gives to signers who have none of their own. */
const USER_ID = '1234567812345678';

/** What comes before the 32 bytes of a private key in PKCS#8, with the curve's name in it. */
const PRIVATE_HEADER = '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420';
/** What comes before the 65 bytes of a public key. */
const PUBLIC_HEADER = '3059301306072a8648ce3d020106082a811ccf5501822d034200';

const PRIVATE_HEX_DIGITS = 64;

/** Signs a text. @param key a private key, PEM @returns undefined when that is no private SM2 key */
export function signSm2(text: string, key: string): string | undefined {
  const der = derOf(() => createPrivateKey(key).export({ type: 'pkcs8', format: 'der' }), PRIVATE_HEADER);
  if (der === undefined) return undefined;
  const options = { der: true, hash: true, userId: USER_ID };
  return sm2.doSignature(Buffer.from(text), der.slice(0, PRIVATE_HEX_DIGITS), options);
}

/** Reads the key that signatures are checked by. @param key PEM; of a private key its public half is taken */
export function publicSm2(key: string): string | undefined {
  return derOf(() => createPublicKey(key).export({ type: 'spki', format: 'der' }), PUBLIC_HEADER);
}

/** @param publicKey as `publicSm2` gives it @param signature DER in hexadecimal digits */
export function isSm2Signature(text: string, signature: string, publicKey: string): boolean {
  try {
    const options = { der: true, hash: true, userId: USER_ID };
    return sm2.doVerifySignature(Buffer.from(text), signature, publicKey, options);
  } catch {
    // What cannot be read as a signature is none.
    return false;
  }
}

/** What follows the header of an encoded key, in hexadecimal digits. */
function derOf(encode: () => Buffer, header: string): string | undefined {
  let hex: string;
  try {
    hex = encode().toString('hex');
  } catch {
    // No key at all, or one that asks for a password.
    return undefined;
  }
  return hex.startsWith(header) ? hex.slice(header.length) : undefined;
}
