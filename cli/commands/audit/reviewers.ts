import { cliTexts } from '../../../messages/cli.ts';
import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { listFlags } from '../../flags.ts';
import { reviewersOfOneName } from '../../services/reviewers.ts';
import { sameNameColumns } from '../../views/reviews.ts';

export default class AuditReviewers extends GovCommand {
  static override flags = listFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditReviewers);
    const rows = await reviewersOfOneName(await this.hub(flags));
    await this.printer(flags).list({ rows, columns: sameNameColumns, none: cliTexts.noSameNames });
    if (rows.length > 0) process.exitCode = EXIT.refused;
  }
}
