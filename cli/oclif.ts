import type { Config } from '@oclif/core/config';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pkg from '../package.json' with { type: 'json' };

/** A command as oclif's manifest describes it. */
export type ManifestCommand = Config['commands'][number];

/** The manifest of a bundle; the sources have none. */
export function readManifest(
  root: string,
): { readonly commands: Readonly<Record<string, ManifestCommand>> } | undefined {
  try {
    return JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** The ids of the commands of the sources, by their files. */
export function sourceIds(root: string): string[] {
  return globSync('**/*.ts', { cwd: join(root, 'commands') })
    .map((file) => file.replace(/\.ts$/, '').replaceAll(/[/\\]/g, ':'))
    .sort();
}

/**
 * The `oclif` part of package.json: the sources and the bundle both lie beside their `commands`. Where there is no
 * manifest, only the command that is asked for is loaded.
 */
export function oclifOf(id: string): object {
  return {
    bin: 'govcloud',
    dirname: 'govcloud',
    topicSeparator: ' ',
    additionalHelpFlags: ['-h'],
    commands: {
      strategy: 'pattern',
      target: './commands',
      globPatterns: id === '' ? [] : [`${id.replaceAll(':', '/')}.{js,ts}`],
    },
  };
}

/** The program as oclif knows it, with this command. */
export async function loadConfig(root: string, id: string): Promise<Config> {
  const [{ Config }, { settings }] = await Promise.all([
    import('@oclif/core/config'),
    import('@oclif/core/settings'),
  ]);
  settings.enableAutoTranspile = false;
  const { name, version } = pkg;
  const pjson = { name, version, type: 'module', oclif: oclifOf(id) } as never;
  return Config.load({ root, pjson, devPlugins: false, userPlugins: false });
}

/** A command's flags and arguments; undefined when there is none of this id. */
export async function describeCommand(root: string, id: string): Promise<ManifestCommand | undefined> {
  const manifest = readManifest(root);
  return manifest ? manifest.commands[id] : (await loadConfig(root, id)).findCommand(id);
}
