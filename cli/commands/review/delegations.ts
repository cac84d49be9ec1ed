import { cliTexts } from '../../../messages/cli.ts';
import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { delegations } from '../../services/delegations.ts';
import { delegationColumns } from '../../views/delegations.ts';

export default class ReviewDelegations extends GovCommand {
  static override flags = listFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ReviewDelegations);
    const rows = await delegations(await this.hub(flags), this.reader.now);
    await this.printer(flags).list({ rows, columns: delegationColumns, none: cliTexts.noDelegations });
  }
}
