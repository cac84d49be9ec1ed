import { string as argument } from '@oclif/core/args';
import { option, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { decide } from '../../services/reviews.ts';
import { decidedText } from '../../views/reviews.ts';

export default class ReviewReturn extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    comment: string({ required: true }),
    to: option({ options: ['initial', 'technical', 'requester'] as const, default: 'requester' as const })(),
    ticket: string({}),
    'on-behalf-of': string({ helpValue: 'ACCOUNT' }),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewReturn);
    const verdict = {
      verdict: 'return' as const,
      comment: flags.comment,
      ticket: flags.ticket,
      onBehalfOf: flags['on-behalf-of'],
      ...(flags.to === 'requester' ? {} : { returnTo: flags.to }),
    };
    const dryRun = flags['dry-run'] === 'server';
    const decided = await decide(await this.hub(flags), args.name, verdict, this.reader.now, dryRun);
    await this.printer(flags).show(decided, decidedText('return', dryRun));
  }
}
