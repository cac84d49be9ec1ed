/**
 * `npm run build [-- FOLDER]`: the CLI as a package of a few plain files in `dist/`, which start several times as fast as the
 * sources, with oclif's manifest of their commands: `npm pack ./dist` makes the file to install. It needs nothing
 * but Node: what it depends on is in the bundle. The local city and capacity as code are not: they are run from a checkout.
 */
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Plugin } from '@oclif/core/config';
import { rolldown } from 'rolldown';
import pkg from '../package.json' with { type: 'json' };
import { oclifOf } from './oclif.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));
const COMMANDS = globSync('commands/**/*.ts', { cwd: import.meta.dirname });

/** Folders whose modules find their files by their own place, so that none of them may be bundled. */
const OUTSIDE = ['tools', 'stacks', 'policies', 'operator', 'books'];
/** Services that are run from a checkout, and what says so in their place. */
const CHECKOUT = ['city', 'capacity'].map((it) => join(import.meta.dirname, `services/${it}.ts`));

rmSync(DIST, { recursive: true, force: true });
const bundle = await rolldown({
  cwd: ROOT,
  platform: 'node',
  input: {
    main: 'cli/main.ts',
    ...Object.fromEntries(COMMANDS.map((file) => [file.replace(/\.ts$/, ''), join('cli', file)])),
  },
  plugins: [
    {
      name: 'without what needs a checkout',
      resolveId(source, importer) {
        if (!source.startsWith('.') || importer === undefined) return null;
        const path = resolve(dirname(importer), source);
        if (CHECKOUT.includes(path)) return path.replace(/\.ts$/, '-elsewhere.ts');
        if (OUTSIDE.includes(relative(ROOT, path).split(sep)[0] ?? '')) {
          throw new Error(`${importer} imports ${source}, which cannot be bundled`);
        }
        return null;
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

cpSync(join(ROOT, 'bin'), join(DIST, 'bin'), { recursive: true });
cpSync(join(ROOT, 'LICENSE'), join(DIST, 'LICENSE'));
const { name, version, license, engines, bin } = pkg;
const manifest = {
  name,
  version,
  license,
  type: 'module',
  engines,
  bin,
  files: ['/**'],
  oclif: oclifOf('**/*'),
};
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
