import { string as argument } from '@oclif/core/args';
import type { ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { GovCommand } from '../../base.ts';
import { editText } from '../../editor.ts';
import { CliError } from '../../errors.ts';
import { applicantOf, hubFlags, requestFlags, serverDryRun } from '../../flags.ts';
import { findRequest } from '../../hub/find.ts';
import type { Hub } from '../../hub/hub.ts';
import { noteSkipped } from '../../import.ts';
import { readInput, textOf } from '../../input.ts';
import type { Printer } from '../../output/printer.ts';
import { noteKept, readAttachment } from '../../services/requests/attachment.ts';
import {
  editedRequest,
  manifestOf,
  replacedByForm,
  replacedRequest,
  updateRequest,
} from '../../services/requests/edit.ts';
import { draftOfForm, isForm } from '../../services/requests/form.ts';
import { labelOf } from '../../services/requests/read.ts';
import type { Stored } from '../../../kube/types.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class RequestEdit extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = { ...hubFlags, ...requestFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestEdit);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const { system, project, zone, arch, until, reason, item: items, filename } = flags;
    const { 'recovery-of': recoveryOf, 'apart-from': apartFrom } = flags;
    const attached = flags.attach === undefined ? undefined : await readAttachment(flags.attach);
    const fields = {
      system,
      project,
      zone,
      arch,
      until,
      reason,
      items,
      recoveryOf,
      apartFrom,
      attachment: attached?.attachment,
      applicant: applicantOf(flags),
    };
    const current = await findRequest(hub, args.name);
    const byFlags = Object.entries(fields).some(([name, value]) =>
      name === 'applicant' ? Object.keys(value ?? {}).length > 0 : value !== undefined,
    );
    let edited: Stored<ResourceRequest>;
    if (filename !== undefined) {
      const replaced = await this.replacedByFile(hub, printer, current, filename);
      const { attachment = replaced.spec.attachment } = fields;
      edited = { ...replaced, spec: { ...replaced.spec, ...(attachment ? { attachment } : {}) } };
    } else if (byFlags) {
      edited = await editedRequest(hub, current, fields);
    } else {
      const before = manifestOf(current);
      const manifest = await editText(before);
      if (manifest === undefined) throw new CliError('E_NOTHING_TO_CHANGE');
      if (manifest === before) return printer.note(cliTexts.unchanged);
      edited = await replacedRequest(current, manifest);
    }
    const dryRun = flags['dry-run'] === 'server';
    if (attached && !dryRun) noteKept(printer, attached, process.env);
    const updated = await updateRequest(hub, edited, dryRun);
    if (updated.metadata.generation === current.metadata.generation)
      return printer.done(updated, cliTexts.unchanged);
    if (current.status?.phase === 'InReview')
      printer.note(cliTexts.reviewRestarts, { name: labelOf(current) });
    await printer.done(updated, dryRun ? cliTexts.dryRunDone : cliTexts.edited, { name: labelOf(updated) });
  }

  /** What a manifest says instead, or a unit’s form. */
  private async replacedByFile(
    hub: Hub,
    printer: Printer,
    current: Stored<ResourceRequest>,
    file: string,
  ): Promise<Stored<ResourceRequest>> {
    const content = await readInput(file, 'table');
    if (!isForm(file, content)) return replacedRequest(current, textOf(file, content));
    const { request, ...rest } = await draftOfForm(hub, file, content, false, current.metadata.namespace);
    noteSkipped(printer, rest);
    return replacedByForm(current, request);
  }
}
