import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { printFlags } from '../../flags.ts';
import { putPage, requireOut } from '../../report/write.ts';
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
    await putPage(approvalPage(approval, this.reader), flags, this.reader);
  }
}
