import { integer, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { auditRecords } from '../../services/reports.ts';
import { auditColumns } from '../../views/reports.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class AuditList extends GovCommand {
  static override flags = {
    ...listFlags,
    actor: string({}),
    action: string({}),
    subject: string({}),
    from: string({}),
    to: string({}),
    limit: integer({ min: 0, default: 500 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditList);
    const { actor, action, subject, from, to: until, limit } = flags;
    const rows = await auditRecords(await this.hub(flags), { actor, action, subject, from, until }, limit);
    await this.printer(flags).list({ rows, columns: auditColumns, none: cliTexts.noRecords });
  }
}
