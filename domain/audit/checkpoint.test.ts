import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GovError } from '../errors.ts';
import { checkpointLine, readCheckpoints, type SignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import { isSm2Signature, publicSm2 } from './sm2.ts';

function newKey(namedCurve = 'SM2'): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

const { privateKey, publicKey } = newKey();

const at = (seq: number, key = privateKey): SignedCheckpoint =>
  signCheckpoint({ seq, hash: String(seq % 10).repeat(64), at: '2026-11-27T08:00:00.000Z' }, key);

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof GovError) return `${error.code} ${error.reasons[0]?.where ?? ''}`.trim();
    throw error;
  }
  return 'nothing';
}

describe('SM2', () => {
  // GM/T 0003.5-2012, the example on the recommended curve with the default identity.
  const point =
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13';
  const r = '00f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3';
  const s = '00b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa';
  const signature = `30460221${r}0221${s}`;

  it('holds the example of the standard', () => {
    expect(isSm2Signature('message digest', signature, point)).toBe(true);
    expect(isSm2Signature('message digesu', signature, point)).toBe(false);
    expect(isSm2Signature('message digest', signature.replace('720b3', '720b4'), point)).toBe(false);
  });

  it.each(['', '30', 'zz', '3006020100020100', signature.slice(0, -2)])(
    'takes no other bytes for a signature: %s',
    (it) => expect(isSm2Signature('message digest', it, point)).toBe(false),
  );

  it('takes the public half of a private key', () => {
    expect(publicSm2(privateKey)).toBe(publicSm2(publicKey));
  });

  it.each([
    ['of another curve', newKey('prime256v1').publicKey],
    ['of another curve with the same length', newKey('secp256k1').publicKey],
    ['that is none', 'a secret'],
  ])('refuses a key %s', (_, key) => {
    expect(publicSm2(key)).toBeUndefined();
    expect(codeOf(() => readCheckpoints('', key))).toBe('E_SIGNING_KEY');
  });

  it('signs with no public key', () => {
    expect(codeOf(() => at(1, publicKey))).toBe('E_SIGNING_KEY');
  });
});

describe('a file of checkpoints', () => {
  const kept = [at(3), at(7), at(20)];
  const file = kept.map(checkpointLine).join('');
  const lines = file.split(/(?<=\n)/);

  it('is read as it was written, by either half of the key', () => {
    expect(readCheckpoints(file, publicKey)).toEqual(kept);
    expect(readCheckpoints(file, privateKey)).toEqual(kept);
    expect(readCheckpoints('', publicKey)).toEqual([]);
  });

  it.each([
    ['another number', file.replace('"seq":7', '"seq":8'), 'E_CHECKPOINT_SIGNATURE line 2'],
    ['another link', file.replace('7'.repeat(64), '8'.repeat(64)), 'E_CHECKPOINT_SIGNATURE line 2'],
    ['another time', file.replace('08:00', '09:00'), 'E_CHECKPOINT_SIGNATURE line 1'],
    [
      'a line of somebody else',
      file + checkpointLine(at(30, newKey().privateKey)),
      'E_CHECKPOINT_SIGNATURE line 4',
    ],
    ['lines swapped', [lines[1], lines[0], lines[2]].join(''), 'E_CHECKPOINT_ORDER line 2'],
    ['a line twice', [...lines, lines[2]].join(''), 'E_CHECKPOINT_ORDER line 4'],
    ['a line not written to its end', file.slice(0, -1), 'E_CHECKPOINT_FORM line 3'],
    ['half a line', file.slice(0, -100), 'E_CHECKPOINT_FORM line 3'],
    ['an empty line', `${file}\n`, 'E_CHECKPOINT_FORM line 4'],
    ['null', `${file}null\n`, 'E_CHECKPOINT_FORM line 4'],
    ['a number that is none', file.replace('"seq":20', '"seq":20.5'), 'E_CHECKPOINT_FORM line 3'],
  ])('with %s is not trusted', (_, text, fault) => {
    expect(codeOf(() => readCheckpoints(text, publicKey))).toBe(fault);
  });
});
