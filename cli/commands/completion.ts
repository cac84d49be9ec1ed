import { string as argument } from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import { lang } from '../flags.ts';
import { completionScript } from '../services/completion.ts';

export default class Completion extends Command {
  static override args = { shell: argument({ required: true }) };
  static override flags = { lang };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    process.stdout.write(completionScript(args.shell));
  }
}
