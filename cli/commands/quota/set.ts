import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { CliError } from '../../errors.ts';
import { amountFlags, amountsOf, hubFlags, placeFlags, serverDryRun, softOf } from '../../flags.ts';
import { setQuota } from '../../services/quota-change.ts';
import { quotaChangePage } from '../../views/quota-change.ts';

export default class QuotaSet extends GovCommand {
  static override args = { holder: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    ...placeFlags,
    ...amountFlags,
    soft: string({ helpValue: 'NAME=AMOUNT', multiple: true, default: [] }),
    basis: string({ required: true }),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QuotaSet);
    const [limits, soft] = [amountsOf(flags), softOf(flags.soft)];
    if (Object.keys({ ...limits, ...soft }).length === 0) throw new CliError('E_NOTHING_TO_CHANGE');
    const target = { holder: args.holder, zone: flags.zone, arch: flags.arch };
    const given = { limits, soft, basis: flags.basis };
    const dryRun = flags['dry-run'] === 'server';
    const change = await setQuota(await this.hub(flags), target, given, this.reader.now, dryRun);
    await this.printer(flags).show(change, quotaChangePage(dryRun), dryRun ? change : change.quota);
  }
}
