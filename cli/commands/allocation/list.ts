import { boolean } from '@oclif/core/flags';
import type { Allocation } from '../../../api/v1alpha1/index.ts';
import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { isOver } from '../../../domain/allocation/over.ts';
import { allocations } from '../../hub/kinds.ts';
import { allocationColumns, allocationColumnsEverywhere } from '../../views/allocations.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationList extends GovCommand {
  static override flags = { ...objectListFlags, all: boolean({}) };

  async run(): Promise<void> {
    const { flags } = await this.parse(AllocationList);
    const columns = { here: allocationColumns, everywhere: allocationColumnsEverywhere };
    // What was given back is nobody's any more, what was handed over is another's; a watch tells that it was.
    await this.printObjects<Allocation>(
      flags,
      allocations,
      columns,
      cliTexts.noAllocations,
      (it, changed) => flags.all || changed || !isOver(it),
    );
  }
}
