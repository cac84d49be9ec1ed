import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prometheusBinaries } from './prometheus.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'govcloud-prometheus-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A folder with programs that say their version. */
function install(folder: string, version: string): string {
  const bin = join(dir, folder);
  mkdirSync(bin, { recursive: true });
  for (const program of ['prometheus', 'promtool']) {
    writeFileSync(join(bin, program), `#!/bin/sh\necho '${program}, version ${version} (branch: test)'\n`);
    chmodSync(join(bin, program), 0o755);
  }
  return bin;
}

test('the first on the path that is new enough is taken, before what lies in the cache', () => {
  const path = [
    join(dir, 'absent'),
    install('old', '2.41.9'),
    install('new', '3.1.0'),
    install('newer', '4.0'),
  ];
  const cache = `cache/prometheus-2.42-${process.platform}-${process.arch}/usr/bin`;
  const cached = install(cache, '2.42.0+ds');
  const env = { GOVCLOUD_CACHE: join(dir, 'cache') };
  expect(prometheusBinaries({ ...env, PATH: path.join(':') })).toEqual({
    prometheus: join(dir, 'new/prometheus'),
    promtool: join(dir, 'new/promtool'),
  });
  expect(prometheusBinaries({ ...env, PATH: path.slice(0, 2).join(':') }).promtool).toBe(
    join(cached, 'promtool'),
  );
});

test('where there is none and none can be fetched, it is said what to install, and nothing is left', () => {
  const cache = join(dir, 'cache');
  expect(() => prometheusBinaries({ GOVCLOUD_CACHE: cache, PATH: join(dir, 'absent') })).toThrow(
    /^E_PROMETHEUS_MISSING: .*2\.42.*apt-get/,
  );
  expect(readdirSync(cache)).toEqual([]);
});
