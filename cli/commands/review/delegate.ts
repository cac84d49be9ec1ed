import { option, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, requiredDate, serverDryRun } from '../../flags.ts';
import { oneOrList } from '../../output/sent.ts';
import { delegate } from '../../services/delegations.ts';
import { delegatedText } from '../../views/delegations.ts';

export default class ReviewDelegate extends GovCommand {
  static override flags = {
    ...hubFlags,
    standin: string({ helpValue: 'ACCOUNT', required: true }),
    step: option({ options: ['initial', 'technical', 'approval'] as const, required: true })(),
    from: requiredDate('from'),
    until: requiredDate('until'),
    reason: string({ required: true }),
    reviewer: string({ helpValue: 'ACCOUNT' }),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ReviewDelegate);
    const dryRun = flags['dry-run'] === 'server';
    const made = await delegate(await this.hub(flags), flags, dryRun);
    await this.printer(flags).show(made, delegatedText(dryRun), oneOrList(made));
  }
}
