import { string } from '@oclif/core/flags';
import { cityTexts } from '../../messages/city.ts';
import { GovCommand } from '../base.ts';
import { lang } from '../flags.ts';
import { down } from '../services/city.ts';

export default class Down extends GovCommand {
  static override flags = { dir: string({ default: '.govcloud' }), lang };

  async run(): Promise<void> {
    const { flags } = await this.parse(Down);
    await down(flags.dir, (message, params) =>
      process.stderr.write(`${this.reader.text(message, params)}\n`),
    );
    process.stdout.write(`${this.reader.text(cityTexts.stopped, { dir: flags.dir })}\n`);
  }
}
