import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { decide } from '../../services/reviews.ts';
import { decidedText } from '../../views/reviews.ts';

export default class ReviewReject extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    comment: string({ required: true }),
    ticket: string({}),
    'on-behalf-of': string({ helpValue: 'ACCOUNT' }),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewReject);
    const verdict = {
      verdict: 'reject' as const,
      comment: flags.comment,
      ticket: flags.ticket,
      onBehalfOf: flags['on-behalf-of'],
    };
    const dryRun = flags['dry-run'] === 'server';
    const decided = await decide(await this.hub(flags), args.name, verdict, this.reader.now, dryRun);
    await this.printer(flags).show(decided, decidedText('reject', dryRun));
  }
}
