import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { allocations } from '../../hub/kinds.ts';
import { allocationColumns, allocationColumnsEverywhere } from '../../views/allocations.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationList extends GovCommand {
  static override flags = objectListFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(AllocationList);
    const columns = { here: allocationColumns, everywhere: allocationColumnsEverywhere };
    await this.printObjects(flags, allocations, columns, cliTexts.noAllocations);
  }
}
