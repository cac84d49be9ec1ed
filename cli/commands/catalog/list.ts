import { GovCommand } from '../../base.ts';
import { clusterListFlags } from '../../flags.ts';
import { catalogItems } from '../../hub/kinds.ts';
import { itemColumns } from '../../views/catalogue.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class CatalogList extends GovCommand {
  static override flags = clusterListFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(CatalogList);
    await this.printObjects(flags, catalogItems, itemColumns, cliTexts.noItems);
  }
}
