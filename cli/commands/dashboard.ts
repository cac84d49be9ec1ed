import { string } from '@oclif/core/flags';
import { dashboardTexts } from '../../messages/dashboard.ts';
import { GovCommand } from '../base.ts';
import { hubFlags } from '../flags.ts';
import { writeWhole } from '../report/write.ts';
import { exportDashboard, startDashboard } from '../services/dashboard.ts';

const { output: _output, ...flags } = hubFlags;

export default class Dashboard extends GovCommand {
  static override flags = { ...flags, export: string({ helpValue: 'FILE' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(Dashboard);
    const hub = await this.hub(flags);
    if (flags.export !== undefined) {
      writeWhole(flags.export, await exportDashboard(hub, this.reader));
      process.stderr.write(`${this.reader.text(dashboardTexts.written, { file: flags.export })}\n`);
      return;
    }
    // Who may not ask the hub who they are may see nothing either.
    await hub.whoAmI();
    const dashboard = await startDashboard(hub, this.reader);
    process.stderr.write(`${this.reader.text(dashboardTexts.running, { url: dashboard.url })}\n`);
    process.stdout.write(`${dashboard.url}\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    await dashboard.close();
  }
}
