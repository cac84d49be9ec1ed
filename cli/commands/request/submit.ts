import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { printWarnings } from '../../output/sent.ts';
import { submitRequest } from '../../services/requests/edit.ts';
import { labelOf } from '../../services/requests/read.ts';
import { tryQuote } from '../../services/requests/send.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class RequestSubmit extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = { ...hubFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestSubmit);
    const dryRun = flags['dry-run'] === 'server';
    const hub = await this.hub(flags);
    const request = await submitRequest(hub, args.name, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.requestSubmitted;
    const printer = this.printer(flags);
    await printer.done(request, message, { name: labelOf(request) });
    if (!printer.forPeople) return;
    const answer = await tryQuote(hub, request, this.reader.now);
    printWarnings(printer, answer?.quote?.warnings ?? []);
  }
}
