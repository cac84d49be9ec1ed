import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { readInput } from '../../input.ts';
import { importSystems } from '../../services/systems.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class SystemImport extends GovCommand {
  static override args = { file: argument({ required: true }) };
  static override flags = { ...hubFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SystemImport);
    const content = await readInput(args.file, 'table');
    const outcome = await importSystems(
      await this.hub(flags),
      args.file,
      content,
      flags['dry-run'] === 'server',
    );
    const { systems: items, problems, created, changed, same } = outcome;
    await this.printImport(
      flags,
      { apiVersion: 'v1', kind: 'List', metadata: {}, items, problems },
      { file: args.file, problems, good: created + changed + same },
      cliTexts.systemsImported,
      { created, changed, same },
    );
  }
}
