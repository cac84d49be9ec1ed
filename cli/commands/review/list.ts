import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { openReviews, watchReviews } from '../../services/reviews.ts';
import { workColumns } from '../../views/reviews.ts';
import { cliTexts } from '../../../messages/cli.ts';

const { selector: _selector, ...flags } = objectListFlags;

export default class ReviewList extends GovCommand {
  static override flags = flags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ReviewList);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    if (flags.watch) {
      const { open, changes } = await watchReviews(hub, { onBroken: this.tellBroken(printer) });
      return printer.follow(open, workColumns, changes);
    }
    await printer.list({
      rows: await openReviews(hub),
      columns: workColumns,
      none: cliTexts.noReviews,
    });
  }
}
