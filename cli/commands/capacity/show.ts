import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { json, listFlags } from '../../flags.ts';
import { capacityReport } from '../../services/reports.ts';
import { capacityColumns, capacityRows, policyLines } from '../../views/reports.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class CapacityShow extends GovCommand {
  static override flags = { ...listFlags, json, 'as-of': string({ helpValue: 'TIME' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(CapacityShow);
    const report = await capacityReport(await this.hub(flags), flags['as-of'], this.reader.now);
    const rows = capacityRows(report);
    const printer = this.printer(flags);
    await printer.list({
      rows,
      columns: capacityColumns,
      data: report,
      none: cliTexts.noCapacity,
    });
    if (printer.forPeople) printer.lines(policyLines(report, this.reader));
  }
}
