import { string as argument } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { GovCommand } from '../base.ts';
import { lang } from '../flags.ts';
import { oneLine } from '../output/table.ts';
import { follow, logFile, tail } from '../services/city.ts';

/** What processes log may repeat what anybody has written. */
function write(text: string): void {
  process.stdout.write(text.split('\n').map(oneLine).join('\n'));
}

export default class Logs extends GovCommand {
  static override args = { process: argument({ default: 'operator' }) };
  static override flags = {
    dir: string({ default: '.govcloud' }),
    follow: boolean({ char: 'f' }),
    tail: integer({ min: 0, default: 40 }),
    lang,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs);
    const file = logFile(flags.dir, args.process);
    write(tail(file, flags.tail));
    if (!flags.follow) return;
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    for await (const text of follow(file, stop.signal)) write(text);
  }
}
