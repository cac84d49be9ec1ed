import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { printFlags } from '../../flags.ts';
import { putOut, requireOut } from '../../report/write.ts';
import { approvalOf } from '../../services/requests/approval.ts';
import { showRequest } from '../../services/requests/read.ts';

export default class RequestPrint extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = printFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestPrint);
    if (flags.output === 'pdf') requireOut(flags);
    const hub = await this.hub(flags);
    const approval = await approvalOf(hub, await showRequest(hub, args.name), this.reader.now);
    const { approvalPage } = await import('../../report/approval.ts');
    const page = approvalPage(approval, this.reader);
    if (flags.output === 'html') return putOut(page, flags, this.reader);
    const { pdfOf } = await import('../../report/pdf.ts');
    await putOut(await pdfOf(page, process.env), flags, this.reader);
  }
}
