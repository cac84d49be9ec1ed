import { string as argument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { findRequest } from '../../hub/find.ts';
import { withdrawRequest } from '../../services/requests/edit.ts';
import { labelOf } from '../../services/requests/read.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class RequestWithdraw extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = { ...hubFlags, yes: boolean({ char: 'y' }), 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestWithdraw);
    const hub = await this.hub(flags);
    const dryRun = flags['dry-run'] === 'server';
    const request = await findRequest(hub, args.name);
    await this.confirm(cliTexts.withdrawing, labelOf(request), flags.yes || dryRun);
    const withdrawn = await withdrawRequest(hub, request, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.withdrawn;
    await this.printer(flags).done(withdrawn, message, { name: labelOf(request) });
  }
}
