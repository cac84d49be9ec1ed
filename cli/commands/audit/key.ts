import { string as argument } from '@oclif/core/args';
import { cliTexts } from '../../../messages/cli.ts';
import { GovCommand } from '../../base.ts';
import { lang } from '../../flags.ts';
import { makeSigningKey } from '../../services/checkpoints.ts';

export default class AuditKey extends GovCommand {
  static override flags = { lang };
  static override args = { keyFile: argument({ required: true }) };

  async run(): Promise<void> {
    const { args } = await this.parse(AuditKey);
    await makeSigningKey(args.keyFile);
    this.printer({ output: 'table' }).lines([this.reader.text(cliTexts.keyMade, { file: args.keyFile })]);
  }
}
