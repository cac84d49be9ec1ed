import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { informationSystems } from '../../hub/kinds.ts';
import { systemColumns, systemColumnsEverywhere } from '../../views/catalogue.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class SystemList extends GovCommand {
  static override flags = objectListFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(SystemList);
    const columns = { here: systemColumns, everywhere: systemColumnsEverywhere };
    await this.printObjects(flags, informationSystems, columns, cliTexts.noSystems);
  }
}
