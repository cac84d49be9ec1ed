import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, oneOf, serverDryRun } from '../../flags.ts';
import { sayOfFinding } from '../../services/findings.ts';
import { saidText } from '../../views/findings.ts';

const JUDGEMENTS = ['uphold', 'dismiss'] as const;

export default class UsageJudge extends GovCommand {
  static override args = { finding: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    uphold: boolean({}),
    dismiss: boolean({}),
    comment: string({ required: true }),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsageJudge);
    const verdict = oneOf(JUDGEMENTS, flags);
    const dryRun = flags['dry-run'] === 'server';
    const said = { step: 'judge' as const, verdict, comment: flags.comment };
    const finding = await sayOfFinding(await this.hub(flags), args.finding, said, dryRun);
    await this.printer(flags).show(finding, saidText(verdict, dryRun));
  }
}
