import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { readInput } from '../../input.ts';
import { importStock } from '../../services/stock.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationImport extends GovCommand {
  static override args = { file: argument({ required: true }) };
  static override flags = { ...hubFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationImport);
    const dryRun = flags['dry-run'] === 'server';
    const content = await readInput(args.file, 'table');
    const outcome = await importStock(await this.hub(flags), args.file, content, this.reader.now, dryRun);
    const { imports: items, problems, rows, created: batches } = outcome;
    const names = items.map(({ metadata }) => metadata.name).join(', ');
    await this.printImport(
      flags,
      { apiVersion: 'v1', kind: 'List', metadata: {}, items, problems },
      { file: args.file, problems, good: rows },
      batches === 0 ? cliTexts.importKnown : dryRun ? cliTexts.dryRunDone : cliTexts.importSent,
      { file: args.file, rows, batches, names: names || '-' },
    );
  }
}
