import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lock, tryLock } from './lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const isLock = (result: Lock | number): result is Lock => typeof result !== 'number';

test('one holder at a time, told by its pid', () => {
  const file = join(dir, 'lock');
  const first = tryLock(file);
  expect(tryLock(file)).toBe(process.pid);
  if (!isLock(first)) throw new Error('the first one got no lock');
  first.release();
  const second = tryLock(file);
  expect(isLock(second)).toBe(true);
  if (isLock(second)) second.release();
});

test('a holder that is killed loses it', async () => {
  const file = join(dir, 'lock');
  const script = `
    import { tryLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    if (typeof tryLock(${JSON.stringify(file)}) === 'number') process.exit(1);
    console.log('held');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  const [text] = await once(holder.stdout, 'data');
  expect(String(text)).toBe('held\n');
  expect(tryLock(file)).toBe(holder.pid);
  holder.kill('SIGKILL');
  await exited;
  const taken = tryLock(file);
  expect(isLock(taken)).toBe(true);
  if (isLock(taken)) taken.release();
});
