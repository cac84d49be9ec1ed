import { GovCommand } from '../../base.ts';
import { listFlags } from '../../flags.ts';
import { organizationTree } from '../../services/reports.ts';
import { organizationColumns } from '../../views/catalogue.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class OrgTree extends GovCommand {
  static override flags = listFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(OrgTree);
    const rows = await organizationTree(await this.hub(flags), this.reader.now);
    const items = rows.map(({ organization }) => organization);
    const data = { apiVersion: 'v1', kind: 'List', metadata: {}, items };
    await this.printer(flags).list({
      rows,
      columns: organizationColumns,
      data,
      none: cliTexts.noOrganizations,
    });
  }
}
