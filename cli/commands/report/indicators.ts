import { GovCommand } from '../../base.ts';
import { reportFlags } from '../../flags.ts';
import { printReport } from '../../report/print.ts';
import { madeReport } from '../../services/made-reports.ts';

export default class ReportIndicators extends GovCommand {
  static override flags = reportFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ReportIndicators);
    await printReport(await madeReport(await this.hub(flags), 'indicators', flags), flags, this.reader);
  }
}
