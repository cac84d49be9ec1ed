import { string } from '@oclif/core/args';
import type { Project } from '../../../api/v1alpha1/index.ts';
import { GovCommand } from '../../base.ts';
import { hubFlags } from '../../flags.ts';
import { find } from '../../hub/find.ts';
import { projects } from '../../hub/kinds.ts';
import { projectPage } from '../../views/catalogue.ts';

export default class ProjectShow extends GovCommand {
  static override args = { name: string({ required: true }) };
  static override flags = hubFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ProjectShow);
    const project = await find<Project>(await this.hub(flags), projects, args.name);
    await this.printer(flags).show(project, projectPage);
  }
}
