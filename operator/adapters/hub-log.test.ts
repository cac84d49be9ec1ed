import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfLine } from '../../domain/audit/hub-log.ts';
import { HubLog } from './hub-log.ts';

let dir: string;
let path: string;
let opened: HubLog[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-hub-log-'));
  path = join(dir, 'audit.log');
  opened = [];
});
afterEach(async () => {
  for (const log of opened) await log.close();
  rmSync(dir, { recursive: true, force: true });
});

async function openAt(line?: string): Promise<{ log: HubLog; found: boolean }> {
  const it = await HubLog.open(path, line === undefined ? undefined : digestOfLine(line));
  opened.push(it.log);
  return it;
}

/** As the API server does it: the file gets another name, and a new one is begun. */
function rotate(at: string): void {
  renameSync(path, join(dir, `audit-2026-11-27T${at}.000.log`));
  writeFileSync(path, '');
}

/** Everything there is until nothing new comes. */
async function rest(log: HubLog): Promise<readonly string[]> {
  const all: string[] = [];
  for (;;) {
    const { lines, lost } = await log.next();
    expect(lost).toBe(false);
    if (lines.length === 0) return all;
    all.push(...lines);
  }
}

describe('the hub’s audit log', () => {
  it('is read as it grows; a line counts once it has its end', async () => {
    writeFileSync(path, 'a\nb\nhal');
    const { log, found } = await openAt();
    expect(found).toBe(false);
    expect(await rest(log)).toEqual(['a', 'b']);
    appendFileSync(path, 'f\n数');
    expect(await rest(log)).toEqual(['half']);
    appendFileSync(path, '据\n');
    expect(await rest(log)).toEqual(['数据']);
  });

  it('goes on at a line, in whatever file that is by now', async () => {
    writeFileSync(path, 'a\n数据\nc\n');
    rotate('01-00-00');
    appendFileSync(path, 'd\n');
    rotate('02-00-00');
    appendFileSync(path, 'e\n');
    expect(await rest((await openAt()).log)).toEqual(['a', '数据', 'c', 'd', 'e']);
    const { log, found } = await openAt('数据');
    expect(found).toBe(true);
    expect(await rest(log)).toEqual(['数据', 'c', 'd', 'e']);
    expect(await rest((await openAt('e')).log)).toEqual(['e']);
    expect((await openAt('x')).found).toBe(false);
  });

  it('is followed through rotations, however many there were meanwhile', async () => {
    writeFileSync(path, 'a\n');
    const { log } = await openAt();
    expect(await rest(log)).toEqual(['a']);
    appendFileSync(path, 'b\ntorn');
    rotate('01-00-00');
    appendFileSync(path, 'c\n');
    rotate('02-00-00');
    appendFileSync(path, 'd\n');
    expect(await rest(log)).toEqual(['b', 'torn', 'c', 'd']);
    renameSync(path, join(dir, 'audit-2026-11-27T03-00-00.000.log'));
    // Between two names.
    expect(await rest(log)).toEqual([]);
    writeFileSync(path, 'e\n');
    expect(await rest(log)).toEqual(['e']);
  });

  it('says when it was cut, or went away before it was read', async () => {
    writeFileSync(path, 'a\nb\n');
    const { log } = await openAt();
    expect(await rest(log)).toEqual(['a', 'b']);
    truncateSync(path, 0);
    expect(await log.next()).toEqual({ lines: [], lost: true });
    const again = await openAt();
    rmSync(path);
    writeFileSync(path, 'c\n');
    expect(await again.log.next()).toEqual({ lines: [], lost: true });
  });

  it('is told to be absent', async () => {
    await expect(openAt()).rejects.toThrow('ENOENT');
    rmSync(dir, { recursive: true });
    await expect(openAt('a')).rejects.toThrow('ENOENT');
  });

  it('is read line by line, whatever the length of lines', async () => {
    const lines = ['x'.repeat(1_500_000), 'y', '数'.repeat(700_000), 'z'];
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    expect(await rest((await openAt()).log)).toEqual(lines);
    expect(await rest((await openAt('z')).log)).toEqual(['z']);
  });
});
