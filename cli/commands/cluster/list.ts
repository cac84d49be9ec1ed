import { GovCommand } from '../../base.ts';
import { clusterListFlags } from '../../flags.ts';
import { memberClusters } from '../../hub/kinds.ts';
import { clusterColumns } from '../../views/catalogue.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class ClusterList extends GovCommand {
  static override flags = clusterListFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ClusterList);
    await this.printObjects(flags, memberClusters, clusterColumns, cliTexts.noClusters);
  }
}
