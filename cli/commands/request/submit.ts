import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { submitRequest } from '../../services/requests/edit.ts';
import { labelOf } from '../../services/requests/read.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class RequestSubmit extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = { ...hubFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestSubmit);
    const dryRun = flags['dry-run'] === 'server';
    const request = await submitRequest(await this.hub(flags), args.name, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.requestSubmitted;
    await this.printer(flags).done(request, message, { name: labelOf(request) });
  }
}
