import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { GovError, reason } from '../domain/errors.ts';
import { unpackPackages } from './debian.ts';
import { cacheRoot } from './localcity/go.ts';

/** The browser, and a font that has Chinese. */
const PACKAGES = ['chromium', 'fonts-wqy-microhei'];

/**
 * Finds Chromium: on the path, else in the user's cache, else in Debian's package, which is fetched and unpacked there
 * once. Nothing is fetched before somebody asks.
 * @throws GovError E_CHROMIUM_MISSING
 */
export function chromiumBinary(env: NodeJS.ProcessEnv = process.env): string {
  for (const dir of (env['PATH'] ?? '').split(delimiter)) {
    const found = join(dir, 'chromium');
    if (dir !== '' && existsSync(found)) return found;
  }
  const root = cacheRoot(env);
  const cache = join(root, `chromium-${process.platform}-${process.arch}`);
  const program = join(cache, 'chromium');
  if (existsSync(program)) return program;
  mkdirSync(root, { recursive: true });
  const temporary = mkdtempSync(`${cache}-`);
  try {
    const fault = unpackPackages(PACKAGES, temporary, env);
    if (fault !== undefined) throw new GovError(reason('E_CHROMIUM_MISSING', { detail: fault }));
    // Whoever else fetched it meanwhile has the same.
    if (!existsSync(program)) {
      rmSync(cache, { recursive: true, force: true });
      prepare(join(temporary, 'root'), cache);
      renameSync(join(temporary, 'root'), cache);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return program;
}

/** A program that starts Chromium with the libraries and fonts that were unpacked beside it. */
function prepare(root: string, place: string): void {
  const libraries = globSync('usr/lib/*-linux-gnu', { cwd: root }).flatMap((it) => [
    join(place, it),
    join(place, it, 'pulseaudio'),
  ]);
  writeFileSync(
    join(root, 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${place}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${place}/fonts</cachedir></fontconfig>
`,
  );
  writeFileSync(
    join(root, 'chromium'),
    `#!/bin/sh
export FONTCONFIG_FILE='${place}/fonts.conf' LD_LIBRARY_PATH='${libraries.join(':')}'
exec '${place}/usr/lib/chromium/chromium' "$@"
`,
    { mode: 0o755 },
  );
}
