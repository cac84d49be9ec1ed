import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { quotaWhy } from '../../services/quota-why.ts';
import { quotaWhyPage } from '../../views/quota-why.ts';

export default class QuotaWhy extends GovCommand {
  static override args = { account: argument({}) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(QuotaWhy);
    const items = await quotaWhy(await this.hub(flags), args.account, this.reader.now);
    const data = { apiVersion: 'cli.govcloud.dev/v1', kind: 'QuotaWhy', items };
    await this.printer(flags).show(items, quotaWhyPage, data);
  }
}
