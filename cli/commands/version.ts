import { boolean } from '@oclif/core/flags';
import { GovCommand } from '../base.ts';
import { hubFlags } from '../flags.ts';
import { clientVersion, serverVersion } from '../services/version.ts';
import { versionPage } from '../views/version.ts';
import { cliTexts } from '../../messages/cli.ts';

export default class Version extends GovCommand {
  static override flags = { ...hubFlags, client: boolean({}) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Version);
    const printer = this.printer(flags);
    if (flags.client) return printer.show({ client: clientVersion }, versionPage);
    const version = { client: clientVersion, ...(await serverVersion(await this.hub(flags))) };
    await printer.show(version, versionPage);
    if (!version.skew.supported) {
      printer.note(cliTexts.skew, { server: version.server.gitVersion, client: clientVersion.kubernetes });
    }
  }
}
