import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { exitOfReasons } from '../../errors.ts';
import { anyDryRun, applicantOf, hubFlags, requestFlags } from '../../flags.ts';
import { readInput } from '../../input.ts';
import { printSent } from '../../output/sent.ts';
import { askField } from '../../prompt.ts';
import { draftRequest, sendRequest, tryRequest } from '../../services/requests.ts';
import { quotePage } from '../../views/requests.ts';

export default class RequestCreate extends GovCommand {
  static override flags = { ...hubFlags, ...requestFlags, submit: boolean({}), 'dry-run': anyDryRun };

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestCreate);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const { now } = this.reader;
    const { system, project, zone, arch, until, reason, item: items, filename } = flags;
    const manifest = filename === undefined ? undefined : (await readInput(filename)).toString('utf8');
    const input = {
      system,
      project,
      zone,
      arch,
      until,
      reason,
      items,
      manifest,
      applicant: applicantOf(flags),
    };
    const request = await draftRequest(hub, input, flags.submit, askField(this.reader));
    if (flags['dry-run'] === 'none') {
      await printSent(printer, await sendRequest(hub, request, now), flags.submit);
      return;
    }
    const answer = await tryRequest(hub, request, flags['dry-run'], now);
    await printer.show(answer, quotePage);
    if (!answer.ok) process.exitCode = exitOfReasons(answer.reasons);
  }
}
