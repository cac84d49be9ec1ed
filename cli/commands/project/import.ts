import { string as argument } from '@oclif/core/args';
import { importFlags, serverDryRun } from '../../flags.ts';
import { ImportCommand, importData, registeredText } from '../../import.ts';
import { importProjects } from '../../services/registered.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class ProjectImport extends ImportCommand {
  static override args = { file: argument({ required: true }) };
  static override flags = { ...importFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProjectImport);
    const content = await this.readFile(args.file, flags.result);
    const dryRun = flags['dry-run'] === 'server';
    const outcome = await importProjects(await this.hub(flags), args.file, content, dryRun);
    await this.printImport(flags, args.file, content, outcome, (printer) =>
      printer.done(importData(outcome), ...registeredText(cliTexts.projectsImported, outcome, dryRun)),
    );
  }
}
