import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { hubFlags } from '../../flags.ts';
import { verification } from '../../services/reports.ts';
import { verificationPage } from '../../views/reports.ts';

export default class BooksVerify extends GovCommand {
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(BooksVerify);
    const result = await verification(await this.hub(flags), 'books');
    await this.printer(flags).show(result, verificationPage('books'));
    if (!result.ok) process.exitCode = EXIT.refused;
  }
}
