import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { explainRequest } from '../../services/why.ts';
import { whyPage } from '../../views/requests.ts';

export default class RequestWhy extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestWhy);
    await this.printer(flags).show(await explainRequest(await this.hub(flags), args.name), whyPage);
  }
}
