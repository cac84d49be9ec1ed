import { string } from '@oclif/core/flags';
import { cliTexts } from '../../../messages/cli.ts';
import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { hubFlags } from '../../flags.ts';
import { keepCheckpoint } from '../../services/checkpoints.ts';
import { verificationPage } from '../../views/reports.ts';

export default class AuditCheckpoint extends GovCommand {
  static override flags = {
    ...hubFlags,
    checkpoints: string({ required: true, helpValue: 'FILE' }),
    key: string({ required: true, helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditCheckpoint);
    const { checkpoints: file, key } = flags;
    const { verification, newest, isNew, count } = await keepCheckpoint(await this.hub(flags), file, key);
    const printer = this.printer(flags);
    if (!newest) {
      await printer.show(verification, verificationPage('audit'));
      if (!verification.ok) process.exitCode = EXIT.refused;
      return;
    }
    const said = isNew ? cliTexts.checkpointKept : cliTexts.checkpointKnown;
    await printer.done(newest, said, { seq: newest.seq, count, file });
  }
}
