import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { exitOfReasons } from '../../errors.ts';
import { anyDryRun, applicantOf, hubFlags, requestFlags } from '../../flags.ts';
import { readText } from '../../input.ts';
import type { Reader } from '../../output/reader.ts';
import { oneOrList, printSent } from '../../output/sent.ts';
import { askField } from '../../prompt.ts';
import type { QuoteAnswer } from '../../services/quote.ts';
import { draftRequest, draftsOf } from '../../services/requests/draft.ts';
import { sendRequests, tryRequest } from '../../services/requests/send.ts';
import { quotePage } from '../../views/requests.ts';

export default class RequestCreate extends GovCommand {
  static override flags = { ...hubFlags, ...requestFlags, submit: boolean({}), 'dry-run': anyDryRun };

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestCreate);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const { now } = this.reader;
    const { system, project, zone, arch, until, reason, item: items, filename } = flags;
    const { 'recovery-of': recoveryOf, 'apart-from': apartFrom } = flags;
    const applicant = applicantOf(flags);
    const input = { system, project, zone, arch, until, reason, items, recoveryOf, apartFrom, applicant };
    const requests =
      filename === undefined
        ? [await draftRequest(hub, input, flags.submit, askField(this.reader))]
        : await draftsOf(hub, await readText(filename), flags.submit, flags.namespace);
    if (flags['dry-run'] === 'none') {
      await printSent(printer, sendRequests(hub, requests, now), flags.submit);
      return;
    }
    const answers: QuoteAnswer[] = [];
    for (const request of requests) answers.push(await tryRequest(hub, request, flags['dry-run'], now));
    const pages = (_: unknown, reader: Reader) =>
      answers.flatMap((answer, index) => [...(index === 0 ? [] : ['']), ...quotePage(answer, reader)]);
    await printer.show(oneOrList(answers), pages);
    const refused = answers.find(({ ok }) => !ok);
    if (refused) process.exitCode = exitOfReasons(refused.reasons);
  }
}
