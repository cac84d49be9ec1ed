import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { quotaOf } from '../../services/reports.ts';
import { quotaColumns, quotaRows } from '../../views/reports.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class QuotaShow extends GovCommand {
  static override args = { organization: argument({}) };
  static override flags = { ...listFlags, 'as-of': string({ helpValue: 'TIME' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QuotaShow);
    const node = await quotaOf(await this.hub(flags), args.organization, flags['as-of']);
    const data = { apiVersion: 'v1', kind: 'List', metadata: {}, items: node.balances };
    const rows = quotaRows([{ ...node, depth: 0 }]);
    await this.printer(flags).list({ rows, columns: quotaColumns, data, none: cliTexts.noQuotas });
  }
}
