import { boolean } from '@oclif/core/flags';
import { capacityTexts } from '../../../messages/capacity.ts';
import { CapacityCommand, stateFlags } from '../../capacity.ts';
import { refuseCuts, withCapacity } from '../../services/capacity.ts';
import { planPage } from '../../views/capacity.ts';

export default class CapacityDestroy extends CapacityCommand {
  static override flags = { ...stateFlags, yes: boolean({ char: 'y' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(CapacityDestroy);
    const printer = this.printer(flags);
    const hub = await this.hub(flags);
    await withCapacity(hub, this.options(flags), async (capacity) => {
      const plan = await capacity.previewDestroy();
      if (printer.forPeople) await printer.show(plan, planPage);
      refuseCuts(plan);
      await this.confirm(capacityTexts.destroying, hub.client.access.server.host, flags.yes);
      await printer.show(await capacity.destroy(plan), planPage);
    });
  }
}
