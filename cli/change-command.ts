import { string as argument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { GovCommand } from './base.ts';
import { anyDryRun, applicantOf, changeFlags, hubFlags } from './flags.ts';
import { sendOrTry } from './output/sent.ts';
import { changeRequest } from './services/requests/change.ts';

/** Asks for a change of an allocation that needs nothing but its name. */
export abstract class ChangeCommand extends GovCommand {
  static override args = { allocation: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    ...changeFlags,
    submit: boolean({}),
    'dry-run': anyDryRun,
  };

  protected abstract readonly action: 'Release' | 'Suspend' | 'Resume';

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ChangeCommand);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const input = { reason: flags.reason, project: flags.project, applicant: applicantOf(flags) };
    const request = await changeRequest(hub, args.allocation, { action: this.action }, input, flags.submit);
    await sendOrTry(printer, hub, request, flags);
  }
}
