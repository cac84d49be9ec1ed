import { boolean } from '@oclif/core/flags';
import { capacityTexts } from '../../../messages/capacity.ts';
import { CapacityCommand, capacityFlags } from '../../capacity.ts';
import { refuseCuts, withCapacity } from '../../services/capacity.ts';
import { planPage } from '../../views/capacity.ts';

export default class CapacityUp extends CapacityCommand {
  static override flags = { ...capacityFlags, yes: boolean({ char: 'y' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(CapacityUp);
    const printer = this.printer(flags);
    await withCapacity(await this.hub(flags), this.options(flags), async (capacity) => {
      const city = await capacity.city();
      const plan = await capacity.preview(city);
      if (printer.forPeople) await printer.show(plan, planPage);
      refuseCuts(plan);
      if (plan.changes.length === 0) return printer.forPeople ? undefined : printer.data(plan);
      await this.confirmChange(capacityTexts.applying, city.stack.name, flags.yes);
      await printer.show(await capacity.up(city, plan), planPage);
    });
  }
}
