import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { usageReport } from '../../services/usage.ts';
import { usageColumns, usagePage } from '../../views/usage.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class UsageShow extends GovCommand {
  static override args = { allocation: argument({}) };
  static override flags = {
    ...listFlags,
    'all-namespaces': boolean({ char: 'A' }),
    system: string({}),
    from: string({}),
    to: string({}),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsageShow);
    const { allocation } = args;
    const { system, from, to: until } = flags;
    const items = await usageReport(await this.hub(flags), { allocation, system, from, until });
    const data = { apiVersion: 'v1', kind: 'List', metadata: {}, items };
    const printer = this.printer(flags);
    if (allocation !== undefined && items.length > 0) await printer.show(items, usagePage, data);
    else await printer.list({ rows: items, columns: usageColumns, data, none: cliTexts.noUsage });
  }
}
