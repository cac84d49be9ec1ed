import { string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { hubFlags } from '../../flags.ts';
import { verification } from '../../services/reports.ts';
import { verifyAgainst } from '../../services/checkpoints.ts';
import { verificationPage } from '../../views/reports.ts';

export default class AuditVerify extends GovCommand {
  static override flags = {
    ...hubFlags,
    checkpoint: string({ multiple: true, multipleNonGreedy: true, exclusive: ['checkpoints'] }),
    checkpoints: string({ dependsOn: ['key'], helpValue: 'FILE' }),
    key: string({ dependsOn: ['checkpoints'], helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditVerify);
    const hub = await this.hub(flags);
    const { checkpoint, checkpoints, key } = flags;
    const result =
      checkpoints !== undefined && key !== undefined
        ? await verifyAgainst(hub, checkpoints, key)
        : await verification(hub, 'audit', checkpoint);
    await this.printer(flags).show(result, verificationPage('audit'));
    if (!result.ok) process.exitCode = EXIT.refused;
  }
}
