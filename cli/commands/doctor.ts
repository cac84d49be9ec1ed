import { boolean, string } from '@oclif/core/flags';
import { reasonText } from '../../domain/errors.ts';
import { cliTexts } from '../../messages/cli.ts';
import { GovCommand } from '../base.ts';
import { EXIT, tell } from '../errors.ts';
import { hubFlags } from '../flags.ts';
import { examine } from '../services/doctor.ts';
import { findingColumns, type ToldFinding } from '../views/doctor.ts';

export default class Doctor extends GovCommand {
  static override flags = {
    ...hubFlags,
    dir: string({ default: '.govcloud' }),
    repair: boolean({ dependsOn: ['reason'] }),
    reason: string({ dependsOn: ['repair'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { language, now } = this.reader;
    const hub = await this.hub(flags);
    if (flags.repair) {
      const { askForRepair } = await import('../services/repair.ts');
      const { repairPage } = await import('../views/reviews.ts');
      return this.printer(flags).show(await askForRepair(hub, flags.reason ?? ''), repairPage);
    }
    const findings = await examine(hub, flags.dir, now);
    const rows: ToldFinding[] = [];
    for (const { check, state, reasons, error } of findings) {
      const told =
        error && state === 'fault'
          ? (await tell(error, language)).reasons
          : reasons.map((it) => ({ code: it.code, message: reasonText(it, language) }));
      const lines = told.length === 0 ? [{ code: '', message: '' }] : told;
      rows.push(...lines.map(({ code, message }) => ({ check, state, code, message })));
    }
    await this.printer(flags).list({ rows, columns: findingColumns, none: cliTexts.noRecords });
    if (findings.some(({ state }) => state === 'fault')) process.exitCode = EXIT.refused;
  }
}
