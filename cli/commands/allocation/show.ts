import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { findAllocation } from '../../hub/find.ts';
import { allocationPage } from '../../views/allocations.ts';

export default class AllocationShow extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationShow);
    await this.printer(flags).show(await findAllocation(await this.hub(flags), args.name), allocationPage);
  }
}
