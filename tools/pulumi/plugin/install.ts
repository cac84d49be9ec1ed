import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeWhole } from '../../localcity/files.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

/** Puts the stand-in for `pulumi-resource-kubernetes` into a folder that then goes onto a PATH. */
export function installPlugin(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'pulumi-resource-kubernetes');
  const script = `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`;
  if (readIfThere(file) !== script) writeWhole(file, script, 0o755);
}
