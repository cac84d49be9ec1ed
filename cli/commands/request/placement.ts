import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { hubFlags } from '../../flags.ts';
import { placementOf } from '../../services/placement.ts';
import { placementPage } from '../../views/placement.ts';

export default class RequestPlacement extends GovCommand {
  static override args = { name: string({ required: true }) };
  static override flags = { ...hubFlags, replay: boolean({}) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestPlacement);
    const answer = await placementOf(await this.hub(flags), args.name, flags.replay);
    await this.printer(flags).show(answer, placementPage);
    if ((answer.differences?.length ?? 0) > 0) process.exitCode = EXIT.failure;
  }
}
