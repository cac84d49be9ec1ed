import { string as argument } from '@oclif/core/args';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import type { ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { findReviewable, isRepair, isStockImport } from '../../services/reviews.ts';
import { requestPage } from '../../views/requests.ts';
import { importPage, repairPage } from '../../views/reviews.ts';

export default class ReviewShow extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ReviewShow);
    const object = await findReviewable(await this.hub(flags), args.name);
    await this.printer(flags).show(object, (it, reader) => {
      if (isRepair(it)) return repairPage(it, reader);
      return isStockImport(it) ? importPage(it, reader) : requestPage(it as ResourceRequest, reader);
    });
  }
}
