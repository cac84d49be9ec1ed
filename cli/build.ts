/**
 * `npm run build [-- FOLDER]`: the CLI as a few plain files in `dist/`, which start several times as fast as the sources, and
 * oclif's manifest of their commands. What runs the local city (`tools/` and what it wires) stays as it is and is
 * loaded from the sources when it is needed.
 */
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Plugin } from '@oclif/core/config';
import { rolldown } from 'rolldown';
import pkg from '../package.json' with { type: 'json' };
import { oclifOf } from './oclif.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));
const COMMANDS = globSync('commands/**/*.ts', { cwd: import.meta.dirname });

/** Folders whose modules find their files by their own place. */
const OUTSIDE = ['tools', 'stacks', 'policies', 'operator', 'books'];

rmSync(DIST, { recursive: true, force: true });
const bundle = await rolldown({
  cwd: ROOT,
  platform: 'node',
  input: {
    main: 'cli/main.ts',
    ...Object.fromEntries(COMMANDS.map((file) => [file.replace(/\.ts$/, ''), join('cli', file)])),
  },
  // Loaded only for credentials that a program hands out.
  external: ['@kubernetes/client-node'],
  plugins: [
    {
      name: 'outside',
      resolveId(source, importer) {
        if (!source.startsWith('.') || importer === undefined) return null;
        const path = relative(ROOT, resolve(dirname(importer), source));
        return OUTSIDE.includes(path.split(sep)[0] ?? '') ? { id: `outside:${path}`, external: true } : null;
      },
      renderChunk(code, { fileName }) {
        const from = dirname(join(DIST, fileName));
        return code.replaceAll(/(["'])outside:(.+?)\1/g, (_, quote: string, path: string) => {
          const to = relative(from, join(ROOT, path)).split(sep).join('/');
          return quote + to + quote;
        });
      },
    },
  ],
});
await bundle.write({
  dir: DIST,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
});
await bundle.close();

const { name, version, license } = pkg;
const manifest = { name, version, license, type: 'module', files: ['/**'], oclif: oclifOf('**/*') };
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);

// What `oclif manifest` does, without the package that also publishes to clouds.
const plugin = new Plugin({
  root: DIST,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
writeFileSync(join(DIST, 'oclif.manifest.json'), JSON.stringify(plugin.manifest));
