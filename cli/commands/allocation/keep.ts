import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { handOver } from '../../services/allocations.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationKeep extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = { ...hubFlags, comment: string({}), 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationKeep);
    const dryRun = flags['dry-run'] === 'server';
    const what = { action: 'keep' as const, comment: flags.comment };
    const allocation = await handOver(await this.hub(flags), args.name, what, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.kept;
    await this.printer(flags).done(allocation, message, { name: allocation.metadata.name });
  }
}
