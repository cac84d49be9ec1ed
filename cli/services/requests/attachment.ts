import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { sm3 } from '../../../domain/canonical.ts';
import { CliError } from '../../errors.ts';
import { readInput } from '../../input.ts';
import type { Printer } from '../../output/printer.ts';
import { writeWhole } from '../../report/write.ts';
import { cliTexts } from '../../../messages/cli.ts';
import { labelOf } from './read.ts';

type Attachment = NonNullable<ResourceRequest['spec']['attachment']>;

/** A file to be kept with a request, and what the request says of it. */
export interface Attached {
  readonly attachment: Attachment;
  readonly content: Buffer;
}

const MOST_NAME = 200;
/** Scans are their unit’s alone. */
const OWNER_ONLY = 0o600;

/** @throws CliError E_FILE, E_FILE_SIZE, E_ATTACHMENT_EMPTY */
export async function readAttachment(file: string): Promise<Attached> {
  const content = await readInput(file);
  if (content.length === 0) throw new CliError('E_ATTACHMENT_EMPTY', { file });
  const name = basename(file).slice(-MOST_NAME);
  return { attachment: { name, sm3: sm3(content), bytes: content.length }, content };
}

/** The folder of attachments; undefined: none is set. @throws CliError E_ATTACHMENTS_FOLDER */
export function attachmentsFolder(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env['GOVCLOUD_ATTACHMENTS'];
  if (!folder) return undefined;
  // One that is made here could be a disk that was not mounted.
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CliError('E_ATTACHMENTS_FOLDER', { folder });
  return folder;
}

/** Keeps a file, and says so; without a folder its digest alone is kept. @throws CliError E_ATTACHMENTS_FOLDER */
export function noteKept(printer: Printer, attached: Attached, env: NodeJS.ProcessEnv): void {
  const folder = attachmentsFolder(env);
  const { name, sm3: digest } = attached.attachment;
  if (folder === undefined) return printer.note(cliTexts.attachmentNotKept, { name, digest });
  keepAttachment(folder, attached);
  printer.note(cliTexts.attachmentKept, { name, digest });
}

/** Puts a file into the folder, under its digest: the same file is there once, however often it comes. */
export function keepAttachment(folder: string, { attachment, content }: Attached): void {
  const path = join(folder, attachment.sm3);
  if (existsSync(path) && sm3(readFileSync(path)) === attachment.sm3) return;
  writeWhole(path, content, OWNER_ONLY);
}

/**
 * The file of a request as the folder has it, which is the one that was attached.
 * @throws CliError E_ATTACHMENT_NONE, E_ATTACHMENTS_FOLDER, E_ATTACHMENT_ABSENT, E_ATTACHMENT_CHANGED
 */
export function attachmentOf(request: ResourceRequest, folder: string | undefined): Buffer {
  const { attachment } = request.spec;
  const params = { request: labelOf(request) };
  if (!attachment) throw new CliError('E_ATTACHMENT_NONE', params);
  if (folder === undefined) throw new CliError('E_ATTACHMENTS_FOLDER', { folder: '-' });
  const path = join(folder, attachment.sm3);
  if (!existsSync(path)) throw new CliError('E_ATTACHMENT_ABSENT', { ...params, path });
  const content = readFileSync(path);
  if (sm3(content) !== attachment.sm3) throw new CliError('E_ATTACHMENT_CHANGED', { ...params, path });
  return content;
}
