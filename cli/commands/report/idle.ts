import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { reportFlags } from '../../flags.ts';
import { printReport } from '../../report/print.ts';
import { madeReport } from '../../services/made-reports.ts';

export default class ReportIdle extends GovCommand {
  static override flags = { ...reportFlags, zone: string({}) };

  async run(): Promise<void> {
    const { flags } = await this.parse(ReportIdle);
    await printReport(await madeReport(await this.hub(flags), 'idle', flags), flags, this.reader);
  }
}
