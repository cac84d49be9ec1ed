import { string as argument } from '@oclif/core/args';
import { cliTexts } from '../../../messages/cli.ts';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { endDelegation } from '../../services/delegations.ts';

export default class ReviewUndelegate extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = { ...hubFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewUndelegate);
    const dryRun = flags['dry-run'] === 'server';
    const ended = await endDelegation(await this.hub(flags), args.name, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.delegationEnded;
    await this.printer(flags).done(ended, message, { name: ended.metadata.name });
  }
}
