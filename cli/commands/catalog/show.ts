import { string } from '@oclif/core/args';
import type { CatalogItem } from '../../../api/v1alpha1/index.ts';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { find } from '../../hub/find.ts';
import { catalogItems } from '../../hub/kinds.ts';
import { itemPage } from '../../views/catalogue.ts';

export default class CatalogShow extends GovCommand {
  static override args = { name: string({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CatalogShow);
    const item = await find<CatalogItem>(await this.hub(flags), catalogItems, args.name);
    await this.printer(flags).show(item, itemPage);
  }
}
