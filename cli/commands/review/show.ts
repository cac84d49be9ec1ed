import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { findReviewable, isStockImport } from '../../services/reviews.ts';
import { requestPage } from '../../views/requests.ts';
import { importPage } from '../../views/reviews.ts';

export default class ReviewShow extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewShow);
    const object = await findReviewable(await this.hub(flags), args.name);
    await this.printer(flags).show(object, (it, reader) =>
      isStockImport(it) ? importPage(it, reader) : requestPage(it, reader),
    );
  }
}
