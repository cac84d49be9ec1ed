import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { UsageFinding } from '../../../api/v1alpha1/index.ts';
import { cityDay } from '../../../domain/calendar.ts';
import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { usageFindings } from '../../hub/kinds.ts';
import { findFinding, findingsOfCaller, findingState, isFindingOver } from '../../services/findings.ts';
import { findingStateOf } from '../../services/states.ts';
import { findingColumns, findingColumnsEverywhere, findingPage } from '../../views/findings.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class UsageFindings extends GovCommand {
  static override args = { finding: argument({}) };
  static override flags = {
    ...objectListFlags,
    state: string({ multiple: true }),
    all: boolean({}),
    late: boolean({}),
    mine: boolean({ exclusive: ['watch', 'selector', 'all'] }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UsageFindings);
    if (args.finding !== undefined) {
      const found = await findFinding(await this.hub(flags), args.finding);
      return this.printer(flags).show(found, findingPage);
    }
    const wanted = new Set(flags.state?.map(findingStateOf));
    const columns = { here: findingColumns, everywhere: findingColumnsEverywhere };
    const today = cityDay(this.reader.now);
    const keep = (it: UsageFinding, changed = false) => {
      if (flags.late && (it.status?.due ?? today) >= today) return false;
      return wanted.size > 0 ? wanted.has(findingState(it)) : flags.all || changed || !isFindingOver(it);
    };
    if (!flags.mine)
      return this.printObjects<UsageFinding>(flags, usageFindings, columns, cliTexts.noFindings, keep);
    const hub = await this.hub(flags);
    const rows = (await findingsOfCaller(hub)).filter((it) => keep(it));
    const shown = hub.namespace === undefined ? columns.everywhere : columns.here;
    await this.printer(flags).list({ rows, columns: shown, none: cliTexts.noFindingsOfCaller });
  }
}
