import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { reportFlags } from '../../flags.ts';
import { printReport } from '../../report/print.ts';
import { madeReport } from '../../services/made-reports.ts';

export default class ReportUse extends GovCommand {
  static override flags = {
    ...reportFlags,
    from: string({ helpValue: 'DATE' }),
    to: string({ helpValue: 'DATE' }),
    zone: string({}),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ReportUse);
    await printReport(await madeReport(await this.hub(flags), 'use', flags), flags, this.reader);
  }
}
