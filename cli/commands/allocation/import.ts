import { string as argument } from '@oclif/core/args';
import { importFlags, serverDryRun } from '../../flags.ts';
import { ImportCommand, importData } from '../../import.ts';
import { importStock } from '../../services/stock.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationImport extends ImportCommand {
  static override args = { file: argument({ required: true }) };
  static override flags = { ...importFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationImport);
    const content = await this.readFile(args.file, flags.result);
    const dryRun = flags['dry-run'] === 'server';
    const outcome = await importStock(await this.hub(flags), args.file, content, this.reader.now, dryRun);
    const { items, rows, created: batches } = outcome;
    const names = items.map(({ metadata }) => metadata.name).join(', ') || '-';
    const said = batches === 0 ? cliTexts.importKnown : dryRun ? cliTexts.importTried : cliTexts.importSent;
    const params = { file: args.file, rows, batches, names, tried: rows, same: outcome.results.size - rows };
    await this.printImport(flags, args.file, content, outcome, (printer) =>
      printer.done(importData(outcome), said, params),
    );
  }
}
