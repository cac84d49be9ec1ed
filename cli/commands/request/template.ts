import { GovCommand } from '../../base.ts';
import { fileFlags } from '../../flags.ts';
import { putOut, requireOut } from '../../report/write.ts';
import { requestTemplate } from '../../services/requests/template.ts';

export default class RequestTemplate extends GovCommand {
  static override flags = fileFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestTemplate);
    const out = { output: 'xlsx', out: flags.out };
    requireOut(out);
    await putOut(await requestTemplate(await this.hub(flags)), out, this.reader);
  }
}
