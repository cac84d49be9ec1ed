import { boolean } from '@oclif/core/flags';
import { cityDay } from '../../../domain/calendar.ts';
import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { dueOf, openReviews, watchReviews } from '../../services/reviews.ts';
import { workColumns } from '../../views/reviews.ts';
import { cliTexts } from '../../../messages/cli.ts';

const { selector: _selector, ...listed } = objectListFlags;

export default class ReviewList extends GovCommand {
  static override flags = { ...listed, late: boolean({ exclusive: ['watch'] }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(ReviewList);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    if (flags.watch) {
      const { open, changes } = await watchReviews(hub, this.reader.now, {
        onBroken: this.tellBroken(printer),
      });
      return printer.follow(open, workColumns, changes);
    }
    const today = cityDay(this.reader.now);
    const open = await openReviews(hub, this.reader.now);
    await printer.list({
      rows: flags.late ? open.filter((it) => (dueOf(it) ?? today) < today) : open,
      columns: workColumns,
      none: cliTexts.noReviews,
    });
  }
}
