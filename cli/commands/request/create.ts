import { boolean } from '@oclif/core/flags';
import type { ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { GovCommand } from '../../base.ts';
import { exitOfReasons } from '../../errors.ts';
import { anyDryRun, applicantOf, hubFlags, requestFlags } from '../../flags.ts';
import type { Hub } from '../../hub/hub.ts';
import { noteSkipped } from '../../import.ts';
import { readInput, textOf } from '../../input.ts';
import type { Printer } from '../../output/printer.ts';
import type { Reader } from '../../output/reader.ts';
import { oneOrList, printSent } from '../../output/sent.ts';
import { askField } from '../../prompt.ts';
import type { QuoteAnswer } from '../../services/quote.ts';
import { noteKept, readAttachment } from '../../services/requests/attachment.ts';
import { draftRequest, draftsOf } from '../../services/requests/draft.ts';
import { draftOfForm, isForm } from '../../services/requests/form.ts';
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
    const attached = flags.attach === undefined ? undefined : await readAttachment(flags.attach);
    const applicant = applicantOf(flags);
    const input = { system, project, zone, arch, until, reason, items, recoveryOf, apartFrom, applicant };
    const drafts =
      filename === undefined
        ? [await draftRequest(hub, input, flags.submit, askField(this.reader))]
        : await this.draftsOfFile(hub, printer, filename, flags);
    const requests = attached
      ? drafts.map((it) => ({ ...it, spec: { ...it.spec, attachment: attached.attachment } }))
      : drafts;
    if (flags['dry-run'] === 'none') {
      if (attached) noteKept(printer, attached, process.env);
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

  /** Those of a manifest, or the one of a unit’s form. */
  private async draftsOfFile(
    hub: Hub,
    printer: Printer,
    file: string,
    { submit, namespace }: { readonly submit: boolean; readonly namespace?: string | undefined },
  ): Promise<readonly ResourceRequest[]> {
    const content = await readInput(file, 'table');
    if (!isForm(file, content)) return draftsOf(hub, textOf(file, content), submit, namespace);
    const { request, ...rest } = await draftOfForm(hub, file, content, submit, namespace);
    noteSkipped(printer, rest);
    return [request];
  }
}
