import { string as argument } from '@oclif/core/args';
import { custom, string } from '@oclif/core/flags';
import { GovCommand } from '../../base.ts';
import { durationMs, hubFlags } from '../../flags.ts';
import { stateOf } from '../../services/states.ts';
import { watchRequest } from '../../services/watch.ts';
import { watchLine } from '../../views/requests.ts';

export default class RequestWatch extends GovCommand {
  static override args = { name: argument({ required: true }) };
  static override flags = {
    ...hubFlags,
    for: string({ helpValue: 'STATE', multiple: true }),
    timeout: custom<number>({ helpValue: 'DURATION', parse: async (text) => durationMs(text, 'timeout') })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RequestWatch);
    const printer = this.printer(flags);
    const wanted = flags.for?.map(stateOf) ?? [];
    const hub = await this.hub(flags);
    const options = { wanted, timeoutMs: flags.timeout, onBroken: this.tellBroken(printer) };
    for await (const request of watchRequest(hub, args.name, options)) {
      if (printer.forPeople) printer.lines([watchLine(request, this.reader)]);
      else await printer.data(request, true);
    }
  }
}
