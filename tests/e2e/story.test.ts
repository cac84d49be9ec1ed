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

beforeAll(async () => {
  process.once('exit', lastMoment);
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
