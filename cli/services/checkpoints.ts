import { generateKeyPairSync } from 'node:crypto';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import type { Verification } from '../../api/reports/index.ts';
import type { SignedCheckpoint } from '../../domain/audit/checkpoint.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import { readInput } from '../input.ts';
import { verification } from './reports.ts';

/**
 * Most checkpoints that the chain is compared with at once. One place covers all before it, so the newest tells whether
 * the chain was changed; the others, evenly spread, tell since when.
 */
const COMPARED = 32;

/** Who may read a private key. */
const PRIVATE_MODE = 0o600;

/** The chain against checkpoints that were signed and kept outside. */
export interface CheckedAgainst extends Verification {
  readonly checkpoints: {
    readonly file: string;
    readonly count: number;
    readonly newest: SignedCheckpoint;
    /** When the chain does not hold: the newest compared one before the first fault. */
    readonly lastGood?: SignedCheckpoint;
  };
}

/**
 * Walks the chain, which must pass through the checkpoints.
 * @throws CliError E_FILE, E_CHECKPOINTS_NONE; GovError E_SIGNING_KEY, E_CHECKPOINT_FORM, _SIGNATURE, _ORDER
 */
export async function verifyAgainst(hub: Hub, file: string, keyFile: string): Promise<CheckedAgainst> {
  const { readCheckpoints } = await import('../../domain/audit/checkpoint.ts');
  const key = (await readInput(keyFile)).toString();
  const known = readCheckpoints((await readInput(file)).toString(), key);
  const newest = known.at(-1);
  if (!newest) throw new CliError('E_CHECKPOINTS_NONE', { file });
  const compared = spread(known, COMPARED);
  const result = await walkThrough(hub, compared);
  const { firstBad } = result;
  const lastGood = firstBad && compared.findLast(({ seq }) => seq < firstBad.seq);
  return {
    ...result,
    checkpoints: { file, count: known.length, newest, ...(lastGood ? { lastGood } : {}) },
  };
}

/** What became of the wish to keep a checkpoint. */
export interface KeptCheckpoint {
  readonly verification: Verification;
  /** The newest in the file; absent when the chain does not hold, in which case nothing was written. */
  readonly newest?: SignedCheckpoint;
  readonly isNew: boolean;
  readonly count: number;
}

/**
 * Walks the chain, which must pass through the checkpoints kept so far, and keeps its end as a signed one.
 * @throws CliError E_FILE, E_FILE_WRITE; GovError as `verifyAgainst`
 */
export async function keepCheckpoint(hub: Hub, file: string, keyFile: string): Promise<KeptCheckpoint> {
  const { checkpointLine, readCheckpoints, signCheckpoint } = await import(
    '../../domain/audit/checkpoint.ts'
  );
  const key = (await readInput(keyFile)).toString();
  const known = readCheckpoints(await readIfThere(file), key);
  const newest = known.at(-1);
  const result = await walkThrough(hub, spread(known, COMPARED));
  const { head, checkedAt } = result;
  const kept = { verification: result, isNew: false, count: known.length };
  if (!result.ok || !head) return kept;
  if (head.seq === newest?.seq || head.seq === 0) return newest ? { ...kept, newest } : kept;
  const checkpoint = signCheckpoint({ ...head, at: checkedAt }, key);
  await appendFile(file, checkpointLine(checkpoint), { flush: true }).catch((error: Error) => {
    throw new CliError('E_FILE_WRITE', { file, detail: error.message });
  });
  return { verification: result, newest: checkpoint, isNew: true, count: known.length + 1 };
}

/**
 * Makes a key to sign checkpoints with: `file` for the signer alone, `file.pub` for everybody.
 * @throws CliError E_FILE_EXISTS, E_FILE_WRITE
 */
export async function makeSigningKey(file: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  await writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), PRIVATE_MODE);
  try {
    await writeNew(`${file}.pub`, publicKey.export({ type: 'spki', format: 'pem' }));
  } catch (error) {
    await rm(file);
    throw error;
  }
}

async function writeNew(file: string, content: string, mode?: number): Promise<void> {
  await writeFile(file, content, { flag: 'wx', flush: true, ...(mode === undefined ? {} : { mode }) }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw new CliError('E_FILE_EXISTS', { file });
      throw new CliError('E_FILE_WRITE', { file, detail: error.message });
    },
  );
}

function walkThrough(hub: Hub, checkpoints: readonly SignedCheckpoint[]): Promise<Verification> {
  const places = checkpoints.map(({ seq, hash }) => `${seq}:${hash}`);
  return verification(hub, 'audit', places);
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new CliError('E_FILE', { file, detail: (error as Error).message });
  }
}

/** At most `most` of a list, the last one among them and the others evenly apart. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, index) => {
    const at = Math.ceil(((index + 1) * list.length) / most) - 1;
    return list[at] as T;
  });
}
