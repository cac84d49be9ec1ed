import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MANIFEST = 'oclif.manifest.json';

/** The ids of all commands: of a bundle by its manifest, of the sources by their files. */
export function commandIds(root: string): string[] {
  try {
    const { commands } = JSON.parse(readFileSync(join(root, MANIFEST), 'utf8')) as { commands: object };
    return Object.keys(commands);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
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
