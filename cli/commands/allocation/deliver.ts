import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { readInput } from '../../input.ts';
import { evidenceOf, handOver } from '../../services/allocations.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationDeliver extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    evidence: string({ helpValue: 'FILE', required: true }),
    comment: string({}),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationDeliver);
    const dryRun = flags['dry-run'] === 'server';
    const evidence = await evidenceOf(flags.evidence, await readInput(flags.evidence));
    const what = { action: 'deliver' as const, evidence, comment: flags.comment };
    const allocation = await handOver(await this.hub(flags), args.name, what, dryRun);
    const message = dryRun ? cliTexts.dryRunDone : cliTexts.delivered;
    await this.printer(flags).done(allocation, message, { name: allocation.metadata.name });
  }
}
