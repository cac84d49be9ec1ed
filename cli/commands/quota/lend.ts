import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { CliError } from '../../errors.ts';
import {
  amountFlags,
  amountsOf,
  hubFlags,
  optionalDate,
  placeFlags,
  requiredDate,
  serverDryRun,
} from '../../flags.ts';
import { lendQuota } from '../../services/quota-change.ts';
import { quotaChangePage } from '../../views/quota-change.ts';

export default class QuotaLend extends GovCommand {
  static override args = { lender: argument({ required: true }), borrower: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    ...placeFlags,
    ...amountFlags,
    from: optionalDate('from'),
    until: requiredDate('until'),
    basis: string({ required: true }),
    loan: string({ helpValue: 'NAME' }),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QuotaLend);
    const limits = amountsOf(flags);
    if (Object.keys(limits).length === 0) throw new CliError('E_NOTHING_TO_CHANGE');
    const { from, until, basis, loan: name } = flags;
    const target = { holder: args.lender, zone: flags.zone, arch: flags.arch };
    const input = { borrower: args.borrower, limits, from, until, basis, name };
    const dryRun = flags['dry-run'] === 'server';
    const change = await lendQuota(await this.hub(flags), target, input, this.reader.now, dryRun);
    await this.printer(flags).show(change, quotaChangePage(dryRun), dryRun ? change : change.quota);
  }
}
