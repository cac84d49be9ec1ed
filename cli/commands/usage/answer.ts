import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { CliError } from '../../errors.ts';
import { hubFlags, oneOf, serverDryRun } from '../../flags.ts';
import { sayOfFinding } from '../../services/findings.ts';
import { saidText } from '../../views/findings.ts';

const ANSWERS = ['release', 'resize', 'appeal'] as const;

export default class UsageAnswer extends GovCommand {
  static override args = { finding: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    release: boolean({}),
    resize: boolean({}),
    appeal: boolean({}),
    comment: string({}),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsageAnswer);
    const verdict = oneOf(ANSWERS, flags);
    const { comment } = flags;
    if (flags.appeal && comment === undefined) throw new CliError('E_FLAG_REQUIRED', { flag: 'comment' });
    const dryRun = flags['dry-run'] === 'server';
    const said = { step: 'answer' as const, verdict, comment };
    const finding = await sayOfFinding(await this.hub(flags), args.finding, said, dryRun);
    await this.printer(flags).show(finding, saidText(verdict, dryRun));
  }
}
