import { string } from '@oclif/core/args';
import type { InformationSystem } from '../../../api/v1alpha1/index.ts';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { find } from '../../hub/find.ts';
import { informationSystems } from '../../hub/kinds.ts';
import { systemPage } from '../../views/catalogue.ts';

export default class SystemShow extends GovCommand {
  static override args = { name: string({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SystemShow);
    const system = await find<InformationSystem>(await this.hub(flags), informationSystems, args.name);
    await this.printer(flags).show(system, systemPage);
  }
}
