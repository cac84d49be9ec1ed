import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { CliError } from '../../errors.ts';
import { applicantOf, hubFlags, requestFlags, serverDryRun } from '../../flags.ts';
import { findRequest } from '../../hub/find.ts';
import { readText } from '../../input.ts';
import { editText } from '../../editor.ts';
import { editedRequest, manifestOf, replacedRequest, updateRequest } from '../../services/requests/edit.ts';
import { labelOf } from '../../services/requests/read.ts';
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
    const applicant = applicantOf(flags);
    const fields = { system, project, zone, arch, until, reason, items, recoveryOf, apartFrom, applicant };
    const current = await findRequest(hub, args.name);
    let manifest = filename === undefined ? undefined : await readText(filename);
    const byFlags = Object.entries(fields).some(([name, value]) =>
      name === 'applicant' ? Object.keys(value ?? {}).length > 0 : value !== undefined,
    );
    if (manifest === undefined && !byFlags) {
      const before = manifestOf(current);
      manifest = await editText(before);
      if (manifest === undefined) throw new CliError('E_NOTHING_TO_CHANGE');
      if (manifest === before) return printer.note(cliTexts.unchanged);
    }
    const edited =
      manifest === undefined
        ? await editedRequest(hub, current, fields)
        : await replacedRequest(current, manifest);
    const updated = await updateRequest(hub, edited, flags['dry-run'] === 'server');
    if (updated.metadata.generation === current.metadata.generation)
      return printer.done(updated, cliTexts.unchanged);
    if (current.status?.phase === 'InReview')
      printer.note(cliTexts.reviewRestarts, { name: labelOf(current) });
    await printer.done(updated, flags['dry-run'] === 'server' ? cliTexts.dryRunDone : cliTexts.edited, {
      name: labelOf(updated),
    });
  }
}
