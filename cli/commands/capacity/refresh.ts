import { CapacityCommand, stateFlags } from '../../capacity.ts';
import { withCapacity } from '../../services/capacity.ts';
import { planPage } from '../../views/capacity.ts';

export default class CapacityRefresh extends CapacityCommand {
  static override flags = stateFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(CapacityRefresh);
    const found = await withCapacity(await this.hub(flags), this.options(flags), (capacity) =>
      capacity.refresh(),
    );
    await this.printer(flags).show(found, planPage);
  }
}
