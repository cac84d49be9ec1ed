import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { quotaTree } from '../../services/reports.ts';
import { quotaColumns, quotaRows } from '../../views/reports.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class QuotaTree extends GovCommand {
  static override flags = { ...listFlags, 'as-of': string({ helpValue: 'TIME' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(QuotaTree);
    const nodes = await quotaTree(await this.hub(flags), flags['as-of'], this.reader.now);
    const items = nodes.flatMap(({ balances }) => balances);
    const data = { apiVersion: 'v1', kind: 'List', metadata: {}, items };
    await this.printer(flags).list({
      rows: quotaRows(nodes),
      columns: quotaColumns,
      data,
      none: cliTexts.noQuotas,
    });
  }
}
