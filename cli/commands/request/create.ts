import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { RefusedError } from '../../errors.ts';
import { anyDryRun, applicantOf, hubFlags, requestFlags } from '../../flags.ts';
import { readInput } from '../../input.ts';
import { askField } from '../../prompt.ts';
import { quoteLocally } from '../../services/quote.ts';
import { createRequest, draftRequest, sendRequest } from '../../services/requests.ts';
import { quotePage } from '../../views/requests.ts';
import { cliTexts } from '../../../messages/cli.ts';
import { reportSent } from '../../views/sent.ts';

export default class RequestCreate extends GovCommand {
  static override flags = { ...hubFlags, ...requestFlags, submit: boolean({}), 'dry-run': anyDryRun };

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestCreate);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const { now } = this.reader;
    const { system, project, zone, until, reason, item: items } = flags;
    const manifest = flags.filename === undefined ? undefined : (await readInput(flags.filename)).toString('utf8');
    const arch = flags.arch as 'amd64' | 'arm64' | undefined;
    const input = { system, project, zone, arch, until, reason, items, manifest, applicant: applicantOf(flags) };
    const request = await draftRequest(hub, input, flags.submit, askField(this.reader));
    if (flags['dry-run'] === 'client') {
      const answer = await quoteLocally(hub, request, now);
      await printer.show(answer, quotePage);
      if (!answer.ok) throw new RefusedError(answer.reasons, true);
    } else if (flags['dry-run'] === 'server') {
      await printer.done(await createRequest(hub, request, true), cliTexts.dryRunCreated);
    } else {
      await reportSent(printer, await sendRequest(hub, request, now), flags.submit);
    }
  }
}
