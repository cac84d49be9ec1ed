import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { request } from '../../../domain/testing/requests.ts';
import { attachmentOf, attachmentsFolder, keepAttachment, readAttachment } from './attachment.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-attachments-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function attached(content = 'stamped') {
  const file = join(dir, '盖章件.pdf');
  writeFileSync(file, content);
  const it = await readAttachment(file);
  rmSync(file);
  return it;
}
const codes = (code: string) => expect.objectContaining({ faults: [expect.objectContaining({ code })] });

test('a file is kept once, under its digest, for its owner alone', async () => {
  const it = await attached();
  expect(it.attachment).toEqual({
    name: '盖章件.pdf',
    sm3: expect.stringMatching(/^[0-9a-f]{64}$/),
    bytes: 7,
  });
  keepAttachment(dir, it);
  keepAttachment(dir, it);
  expect(readdirSync(dir)).toEqual([it.attachment.sm3]);
  expect(statSync(join(dir, it.attachment.sm3)).mode & 0o777).toBe(0o600);
  expect(attachmentOf(request({ attachment: it.attachment }), dir).toString()).toBe('stamped');
});

test('a file that was changed is not given out, and is whole again when it comes again', async () => {
  const it = await attached();
  const asks = request({ attachment: it.attachment });
  expect(() => attachmentOf(asks, dir)).toThrow(codes('E_ATTACHMENT_ABSENT'));
  writeFileSync(join(dir, it.attachment.sm3), 'forged');
  expect(() => attachmentOf(asks, dir)).toThrow(codes('E_ATTACHMENT_CHANGED'));
  keepAttachment(dir, it);
  expect(attachmentOf(asks, dir).toString()).toBe('stamped');
});

test('what is not there is told, and no folder is made', async () => {
  await expect(attached('')).rejects.toThrow(codes('E_ATTACHMENT_EMPTY'));
  expect(() => attachmentOf(request(), dir)).toThrow(codes('E_ATTACHMENT_NONE'));
  expect(attachmentsFolder({})).toBeUndefined();
  expect(attachmentsFolder({ GOVCLOUD_ATTACHMENTS: dir })).toBe(dir);
  const nowhere = { GOVCLOUD_ATTACHMENTS: join(dir, 'not-mounted') };
  expect(() => attachmentsFolder(nowhere)).toThrow(codes('E_ATTACHMENTS_FOLDER'));
  expect(() => statSync(nowhere.GOVCLOUD_ATTACHMENTS)).toThrow('ENOENT');
});
