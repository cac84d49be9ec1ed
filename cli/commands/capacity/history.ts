import { boolean } from '@oclif/core/flags';
import { capacityTexts } from '../../../messages/capacity.ts';
import { CapacityCommand, stateFlags } from '../../capacity.ts';
import { withCapacity } from '../../services/capacity.ts';
import { historyColumns } from '../../views/capacity.ts';

export default class CapacityHistory extends CapacityCommand {
  static override flags = { ...stateFlags, 'no-headers': boolean({}) };

  async run(): Promise<void> {
    const { flags } = await this.parse(CapacityHistory);
    const history = await withCapacity(await this.hub(flags), this.options(flags), (capacity) =>
      capacity.history(),
    );
    await this.printer(flags).list({
      rows: history.items,
      columns: historyColumns,
      data: history,
      none: capacityTexts.noHistory,
    });
  }
}
