import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { usageAdvice } from '../../services/usage.ts';
import { rightsizeColumns } from '../../views/usage.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class UsageRightsize extends GovCommand {
  static override flags = { ...listFlags, 'all-namespaces': boolean({ char: 'A' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(UsageRightsize);
    const rows = await usageAdvice(await this.hub(flags), ['Oversized', 'Undersized']);
    await this.printer(flags).list({ rows, columns: rightsizeColumns, none: cliTexts.nothingToResize });
  }
}
