import { string as argument } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { anyDryRun, applicantFlags, applicantOf, hubFlags } from '../../flags.ts';
import { sendOrTry } from '../../output/sent.ts';
import { transferRequest } from '../../services/requests/transfer.ts';

export default class RequestTransfer extends GovCommand {
  static override args = { giver: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    system: string({ required: true }),
    project: string({ required: true }),
    uid: string({}),
    revision: integer({}),
    zone: string({}),
    reason: string({}),
    ...applicantFlags,
    'applicant-reviewer': string({ required: true }),
    submit: boolean({}),
    'dry-run': anyDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestTransfer);
    const hub = await this.hub(flags);
    const { system, project, uid, revision, zone, reason } = flags;
    const applicant = { ...applicantOf(flags), reviewer: flags['applicant-reviewer'] };
    const input = { from: args.giver, system, project, uid, revision, zone, reason, applicant };
    const request = await transferRequest(hub, input, flags.submit);
    await sendOrTry(this.printer(flags), hub, request, flags);
  }
}
