/** `make demo`: the city from its plan to running allocations, with the story played on it. Leaves it running. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { languageOf, render } from '../../messages/index.ts';
import { storyTexts } from '../../messages/story.ts';
import { upCity } from '../city/up.ts';
import { openBooks, play } from './story.ts';
import { Story, StoryFailed } from './runner.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIR = join(process.cwd(), '.govcloud');
const FILE = join(DIR, 'demo/story.json');
const language = languageOf(undefined, process.env);
const text = (key: keyof typeof storyTexts, params = {}) => render(storyTexts[key], language, params);

const started = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)}  ${line}`);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new DOMException('interrupted', 'AbortError')));

if (existsSync(FILE)) rmSync(FILE);
say(text('starting'));
const city = await upCity({
  dir: DIR,
  metered: true,
  progress: (message, params) => say(render(message, language, params)),
  signal: stop.signal,
});

const capacity = () => {
  const { stdout } = spawnSync(join(ROOT, 'bin/govcloud'), ['--context', 'manager', 'capacity', 'show'], {
    env: { ...process.env, KUBECONFIG: city.kubeconfig },
    encoding: 'utf8',
  });
  return stdout;
};

const story = new Story(city.kubeconfig, FILE, (row) =>
  say(
    `${row.ok ? '✓' : '✗'} ${row.step}  ${row.as}: ${row.argv
      .filter((it) => it.length < 60)
      .slice(0, 4)
      .join(' ')} → ${row.got.slice(0, 100)}`,
  ),
);
try {
  await openBooks(story);
  console.log(`\n${text('before')}\n${capacity()}`);
  await play(story);
  console.log(`\n${text('after')}\n${capacity()}`);
  const file = relative(process.cwd(), FILE);
  console.log(
    text('done', { rows: story.rows.length, file, kubeconfig: relative(process.cwd(), city.kubeconfig) }),
  );
} catch (error) {
  if (!(error instanceof StoryFailed)) throw error;
  console.error(`\n${text('failed', { file: FILE })}\n${JSON.stringify(error.row, null, 2)}`);
  process.exitCode = 1;
}
