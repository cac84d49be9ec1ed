import { Command } from '@oclif/core/command';
import { wantedLanguage } from '../argv.ts';
import { oneLine } from '../output/table.ts';
import { candidatesFor } from '../services/complete.ts';

/** What shells ask: `govcloud __complete -- WORD... CURRENT`; answers candidates, a line each, after a tab what they are. */
export default class Complete extends Command {
  static override hidden = true;
  static override strict = false;

  async run(): Promise<void> {
    const { argv } = await this.parse(Complete);
    const words = argv as string[];
    const candidates = await candidatesFor(this.config.root, words, wantedLanguage(words, process.env));
    for (const { value, about } of candidates)
      process.stdout.write(about ? `${oneLine(value)}\t${oneLine(about)}\n` : `${oneLine(value)}\n`);
  }
}
