import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { openReviews } from '../../services/reviews.ts';
import { workColumns } from '../../views/reviews.ts';
import { cliTexts } from '../../../messages/cli.ts';

const { watch: _watch, selector: _selector, ...flags } = objectListFlags;

export default class ReviewList extends GovCommand {
  static override flags = flags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ReviewList);
    const { requests, imports } = await openReviews(await this.hub(flags));
    await this.printer(flags).list({
      rows: [...requests, ...imports],
      columns: workColumns,
      none: cliTexts.noReviews,
    });
  }
}
