import { string } from '@oclif/core/flags';
import { cityTexts } from '../../messages/city.ts';
import { GovCommand } from '../base.ts';
import { EXIT } from '../errors.ts';
import { lang, output } from '../flags.ts';
import { processes } from '../services/city.ts';
import { cityColumns } from '../views/city.ts';

export default class Status extends GovCommand {
  static override flags = { dir: string({ default: '.govcloud' }), lang, output };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const rows = processes(flags.dir);
    await this.printer(flags).list({ rows, columns: cityColumns, none: cityTexts.nothingRuns });
    // For scripts: a city of which a part has died is not well.
    if (rows.some(({ alive }) => !alive)) process.exitCode = EXIT.refused;
  }
}
