import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { printFlags } from '../../flags.ts';
import { putPage, requireOut } from '../../report/write.ts';
import { acceptanceOf } from '../../services/acceptance.ts';

export default class AllocationPrint extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = printFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AllocationPrint);
    if (flags.output === 'pdf') requireOut(flags);
    const acceptance = await acceptanceOf(await this.hub(flags), args.name);
    const { acceptancePage } = await import('../../report/acceptance.ts');
    await putPage(acceptancePage(acceptance, this.reader), flags, this.reader);
  }
}
