import { cliTexts } from '../../../messages/cli.ts';
import { GovCommand } from '../../base.ts';
import { EXIT } from '../../errors.ts';
import { listFlags } from '../../flags.ts';
import { doubtfulDecisions } from '../../services/reviewers.ts';
import { doubtfulColumns } from '../../views/reviews.ts';

export default class AuditReviewers extends GovCommand {
  static override flags = listFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditReviewers);
    const rows = await doubtfulDecisions(await this.hub(flags), this.reader.now);
    await this.printer(flags).list({ rows, columns: doubtfulColumns, none: cliTexts.noDoubtfulDecisions });
    if (rows.length > 0) process.exitCode = EXIT.refused;
  }
}
