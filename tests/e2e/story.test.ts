import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCity, upCity } from '../../tools/city/up.ts';
import { openHome } from '../../tools/localcity/home.ts';
import { postgresFoldersOutside } from '../../tools/localcity/postgres.ts';
import { killAll, listProcesses, stopAll } from '../../tools/localcity/process.ts';
import { type Row, Story } from '../../tools/story/runner.ts';
import { openBooks, play } from '../../tools/story/story.ts';

/** The city's story on the whole city, with the operator killed in the middle of it. */

const dir = mkdtempSync(join(tmpdir(), 'govcloud-story-'));
chmodSync(dir, 0o711);
// Short lease: the successor of a killed operator waits for its end.
const options = {
  dir,
  unsafeNoFsync: true,
  operatorEnv: { GOVCLOUD_LEASE_SECONDS: '3', GOVCLOUD_MEMBER_PROBE_SECONDS: '2' },
};
let city: RunningCity;
const lastMoment = () => killAll(dir);

/** What `up` said while no file could grow beyond so many KiB, as on a disk that is full sooner or later. */
const onFullDisk = new Map<number, { readonly status: number | null; readonly said: string }>();

beforeAll(async () => {
  process.once('exit', lastMoment);
  for (const KiB of [0, 1, 20_000]) {
    const command = `ulimit -f ${KiB}; exec "$0" "$@" 2>&1`;
    const up = [join(import.meta.dirname, '../../bin/govcloud'), 'up', '--dir', dir, '--lang', 'en'];
    const { status, stdout } = spawnSync('bash', ['-c', command, ...up], { encoding: 'utf8' });
    onFullDisk.set(KiB, { status, said: stdout });
    // What was started goes on, under the same limit.
    const home = openHome(dir);
    await stopAll(home);
    home.close();
  }
  city = await upCity(options);
});

afterAll(async () => {
  const home = openHome(dir);
  try {
    await stopAll(home);
    for (const folder of [...postgresFoldersOutside(home), dir])
      rmSync(folder, { recursive: true, force: true });
  } finally {
    home.close();
    process.off('exit', lastMoment);
  }
});

function operatorPid(): number {
  const found = listProcesses(dir).find(({ name, alive }) => name === 'operator' && alive);
  if (!found) throw new Error('no operator runs');
  return found.pid;
}

it('was not started on a full disk: it said so, left nothing running, and was started when there was room', () => {
  const said = (KiB: number) => onFullDisk.get(KiB)?.said ?? '';
  expect([...onFullDisk.values()].map(({ status }) => status)).toEqual([1, 3, 3]);
  expect(said(0)).toContain('E_FILE_ACCESS');
  expect(said(0)).toContain('the space left');
  expect(said(1)).toContain('E_POSTGRES_INIT');
  expect(said(20_000)).toContain('E_PROCESS_EXITED');
  for (const KiB of onFullDisk.keys()) expect(said(KiB)).not.toContain('E_INTERNAL');
});

describe('the story of the city', () => {
  it('comes to the same end though the operator is killed in the middle of the review', async () => {
    const file = join(dir, 'demo/story.json');
    const killed: { readonly pid: number; readonly again: Promise<RunningCity> }[] = [];
    const story = new Story(city.kubeconfig, file, (row: Row) => {
      // The first approval is in, its copy perhaps not yet: nothing may be lost and nothing counted twice.
      if (killed.length > 0 || row.step !== '2 review' || row.argv[1] !== 'approve') return;
      const pid = operatorPid();
      process.kill(pid, 'SIGKILL');
      killed.push({ pid, again: upCity(options) });
    });
    await openBooks(story);
    await play(story);
    expect(killed).toHaveLength(1);
    await killed[0]?.again;
    expect(operatorPid()).not.toBe(killed[0]?.pid);

    const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[];
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(rows.map(({ step }) => step.split(' ')[0]))).toEqual(
      new Set(['0', 'capacity', '1', '2', '3', '4', '5', '6']),
    );
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['step', 'as', 'argv', 'exit', 'expected', 'got', 'ok']);
    }
  });
});
