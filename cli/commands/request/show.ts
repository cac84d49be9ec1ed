import { string } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { showRequest } from '../../services/requests/read.ts';
import { requestPage } from '../../views/requests.ts';

export default class RequestShow extends GovCommand {
  static override args = { name: string({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestShow);
    await this.printer(flags).show(await showRequest(await this.hub(flags), args.name), requestPage);
  }
}
