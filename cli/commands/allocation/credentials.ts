import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { credentialsOf } from '../../services/allocations.ts';
import { credentialsPage } from '../../views/allocations.ts';

export default class AllocationCredentials extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationCredentials);
    const { secret } = await credentialsOf(await this.hub(flags), args.name);
    await this.printer(flags).show(secret, credentialsPage);
  }
}
