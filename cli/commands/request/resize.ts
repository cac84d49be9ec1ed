import { string as argument } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { CliError, exitOfReasons } from '../../errors.ts';
import { anyDryRun, changeFlags, applicantOf, hubFlags } from '../../flags.ts';
import { printSent } from '../../output/sent.ts';
import { changeRequest } from '../../services/requests/change.ts';
import { sendRequests, tryRequest } from '../../services/requests/send.ts';
import { quotePage } from '../../views/requests.ts';

export default class RequestResize extends GovCommand {
  static override args = { allocation: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    quantity: integer({ min: 1, max: 1000 }),
    set: string({ helpValue: 'NAME=VALUE', multiple: true, default: [] }),
    ...changeFlags,
    submit: boolean({}),
    'dry-run': anyDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestResize);
    if (flags.quantity === undefined && flags.set.length === 0) throw new CliError('E_NOTHING_TO_CHANGE');
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const input = { reason: flags.reason, project: flags.project, applicant: applicantOf(flags) };
    const request = await changeRequest(
      hub,
      args.allocation,
      { action: 'Resize', quantity: flags.quantity, set: flags.set },
      input,
      flags.submit,
    );
    if (flags['dry-run'] === 'none') {
      await printSent(printer, sendRequests(hub, [request], this.reader.now), flags.submit);
      return;
    }
    const answer = await tryRequest(hub, request, flags['dry-run'], this.reader.now);
    await printer.show(answer, quotePage);
    if (!answer.ok) process.exitCode = exitOfReasons(answer.reasons);
  }
}
