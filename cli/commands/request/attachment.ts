import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { fileFlags } from '../../flags.ts';
import { putOut, requireOut } from '../../report/write.ts';
import { attachmentOf, attachmentsFolder } from '../../services/requests/attachment.ts';
import { showRequest } from '../../services/requests/read.ts';

export default class RequestAttachment extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = fileFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestAttachment);
    const request = await showRequest(await this.hub(flags), args.name);
    const content = attachmentOf(request, attachmentsFolder(process.env));
    const out = { output: request.spec.attachment?.name ?? '', out: flags.out };
    requireOut(out);
    await putOut(content, out, this.reader);
  }
}
