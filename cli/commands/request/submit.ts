import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { printWarnings } from '../../output/sent.ts';
import { findToSubmit, submitRequest } from '../../services/requests/edit.ts';
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
    const printer = this.printer(flags);
    const found = await findToSubmit(hub, args.name);
    // Before it is handed in: what fails after that would say of a request that is in that it is not.
    const answer = printer.forPeople ? await tryQuote(hub, found, this.reader.now) : undefined;
    const request = await submitRequest(hub, found, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.requestSubmitted;
    await printer.done(request, message, { name: labelOf(request) });
    printWarnings(printer, answer?.quote?.warnings ?? []);
  }
}
