import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { findReviewable, isRepair, isStockImport } from '../../services/reviews.ts';
import { reviewBrief } from '../../services/review-brief.ts';
import { reviewPage } from '../../views/review-brief.ts';
import { importPage, repairPage } from '../../views/reviews.ts';

export default class ReviewShow extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewShow);
    const hub = await this.hub(flags);
    const printer = this.printer(flags);
    const object = await findReviewable(hub, args.name);
    if (isRepair(object)) return printer.show(object, repairPage);
    if (isStockImport(object)) return printer.show(object, importPage);
    // Machines get the object that the decision is on.
    if (!printer.forPeople) return printer.data(object);
    await printer.show(await reviewBrief(hub, object, this.reader.now), reviewPage);
  }
}
