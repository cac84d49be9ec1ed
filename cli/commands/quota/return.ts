import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { amountFlags, amountsOf, hubFlags, placeFlags, serverDryRun } from '../../flags.ts';
import { returnQuota } from '../../services/quota-change.ts';
import { quotaChangePage } from '../../views/quota-change.ts';

export default class QuotaReturn extends GovCommand {
  static override args = { lender: argument({ required: true }), loan: argument({ required: true }) };
  static override flags = { ...hubFlags, ...placeFlags, ...amountFlags, 'dry-run': serverDryRun };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QuotaReturn);
    const target = { holder: args.lender, zone: flags.zone, arch: flags.arch };
    const dryRun = flags['dry-run'] === 'server';
    const part = amountsOf(flags);
    const change = await returnQuota(await this.hub(flags), target, args.loan, part, this.reader.now, dryRun);
    await this.printer(flags).show(change, quotaChangePage(dryRun), dryRun ? change : change.quota);
  }
}
