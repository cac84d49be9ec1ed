import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Home, openHome } from './home.ts';
import { reservePorts } from './ports.ts';

let dir: string;
let first: Home;
let second: Home;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-test-'));
  vi.stubEnv('GOVCLOUD_CACHE', join(dir, 'cache'));
  first = openHome(join(dir, 'first'));
  second = openHome(join(dir, 'second'));
});

afterEach(() => {
  first.close();
  second.close();
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** One that begins to look where another does. */
const beside = (home: Home, dir: string): Home => ({
  dir,
  stateFile: home.stateFile,
  get state() {
    return home.state;
  },
  update: (change) => home.update(change),
  requireKubernetes: (version) => home.requireKubernetes(version),
  refuse: (what, found, expected) => home.refuse(what, found, expected),
  close: () => home.close(),
});
const one = async (home: Home) => (await reservePorts(home, ['one'])).one;

test('a city does not choose the port of another that does not listen on it yet', async () => {
  const port = await one(first);
  expect(await one(beside(second, first.dir))).toBe(port + 1);
  expect(await one(first)).toBe(port);
});

test('the port of a city that is gone is free again', async () => {
  const port = await one(first);
  rmSync(first.stateFile);
  expect(await one(beside(second, first.dir))).toBe(port);
});
