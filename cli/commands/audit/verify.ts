import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { hubFlags } from '../../flags.ts';
import { verification } from '../../services/reports.ts';
import { verificationPage } from '../../views/reports.ts';

export default class AuditVerify extends GovCommand {
  static override flags = { ...hubFlags, checkpoint: string({}) };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditVerify);
    const result = await verification(await this.hub(flags), 'audit', flags.checkpoint);
    await this.printer(flags).show(result, verificationPage('audit'));
    if (!result.ok) process.exitCode = EXIT.refused;
  }
}
