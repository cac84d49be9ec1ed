import { GovCommand } from '../../base.ts';
import { reportFlags } from '../../flags.ts';
import { printReport } from '../../report/print.ts';
import { madeReport } from '../../services/made-reports.ts';

const { org: _org, ...flags } = reportFlags;

export default class ReportIndicators extends GovCommand {
  static override flags = flags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ReportIndicators);
    // The plan is the whole city's, whoever asks.
    const hub = (await this.hub(flags)).in(undefined);
    await printReport(await madeReport(hub, 'indicators', flags), flags, this.reader);
  }
}
