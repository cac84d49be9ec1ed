import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { projects } from '../../hub/kinds.ts';
import { projectColumns, projectColumnsEverywhere } from '../../views/catalogue.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class ProjectList extends GovCommand {
  static override flags = objectListFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ProjectList);
    const columns = { here: projectColumns, everywhere: projectColumnsEverywhere };
    await this.printObjects(flags, projects, columns, cliTexts.noProjects);
  }
}
