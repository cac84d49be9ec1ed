import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { hubFlags, serverDryRun } from '../../flags.ts';
import { agreeToTransfer } from '../../services/allocations.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AllocationTransfer extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    to: string({ required: true }),
    comment: string({}),
    'dry-run': serverDryRun,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationTransfer);
    const dryRun = flags['dry-run'] === 'server';
    const { to, comment } = flags;
    const { allocation, organization } = await agreeToTransfer(
      await this.hub(flags),
      args.name,
      to,
      comment,
      dryRun,
    );
    const { metadata, spec } = allocation;
    const printer = this.printer(flags);
    const params = {
      name: metadata.name,
      from: spec.organization,
      to: organization,
      uid: metadata.uid,
      revision: spec.revision,
      zone: spec.zone,
    };
    await printer.done(allocation, dryRun ? cliTexts.dryRunDone : cliTexts.transferAgreed, params);
  }
}
