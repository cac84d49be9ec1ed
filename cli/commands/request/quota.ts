import { boolean, option, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { CliError, exitOfReasons } from '../../errors.ts';
import {
  amountFlags,
  amountsOf,
  anyDryRun,
  applicantFlags,
  applicantOf,
  hubFlags,
  optionalDate,
} from '../../flags.ts';
import { printSent } from '../../output/sent.ts';
import { raiseRequest } from '../../services/requests/raise.ts';
import { sendRequests, tryRequest } from '../../services/requests/send.ts';
import { quotePage } from '../../views/requests.ts';

export default class RequestQuota extends GovCommand {
  static override flags = {
    ...hubFlags,
    system: string({ required: true }),
    project: string({ required: true }),
    zone: string({ required: true }),
    ...amountFlags,
    'quota-zone': string({ helpValue: 'ZONE' }),
    'quota-arch': option({ options: ['amd64', 'arm64'] as const })(),
    from: optionalDate('from'),
    until: optionalDate('until'),
    reason: string({ required: true }),
    ...applicantFlags,
    'applicant-reviewer': string({ required: true }),
    submit: boolean({}),
    'dry-run': anyDryRun,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestQuota);
    const limits = amountsOf(flags);
    if (Object.keys(limits).length === 0) throw new CliError('E_NOTHING_TO_CHANGE');
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const { system, project, zone, from, until, reason } = flags;
    const [ofZone, ofArch] = [flags['quota-zone'], flags['quota-arch']];
    const quota = {
      limits,
      ...(ofZone === undefined ? {} : { zone: ofZone }),
      ...(ofArch === undefined ? {} : { arch: ofArch }),
      ...(from === undefined ? {} : { from }),
    };
    const applicant = { ...applicantOf(flags), reviewer: flags['applicant-reviewer'] };
    const input = { system, project, zone, quota, until, reason, applicant };
    const request = await raiseRequest(hub, input, flags.submit);
    if (flags['dry-run'] === 'none') {
      await printSent(printer, sendRequests(hub, [request], this.reader.now), flags.submit);
      return;
    }
    const answer = await tryRequest(hub, request, flags['dry-run'], this.reader.now);
    await printer.show(answer, quotePage);
    if (!answer.ok) process.exitCode = exitOfReasons(answer.reasons);
  }
}
