import { CapacityCommand, capacityFlags } from '../../capacity.ts';
import { withCapacity } from '../../services/capacity.ts';
import { planPage } from '../../views/capacity.ts';

export default class CapacityPreview extends CapacityCommand {
  static override flags = capacityFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(CapacityPreview);
    const plan = await withCapacity(await this.hub(flags), this.options(flags), async (capacity) =>
      capacity.preview(await capacity.city()),
    );
    await this.printer(flags).show(plan, planPage);
  }
}
