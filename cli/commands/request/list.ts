import { boolean, string } from '@oclif/core/flags';
import type { ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { cityDay } from '../../../domain/calendar.ts';
import { GovCommand } from '../../base.ts';
import { objectListFlags } from '../../flags.ts';
import { resourceRequests } from '../../hub/kinds.ts';
import { closedRequests } from '../../services/requests/read.ts';
import { stateOf } from '../../services/states.ts';
import { requestColumns, requestColumnsEverywhere } from '../../views/requests.ts';
import { cliTexts } from '../../../messages/cli.ts';

export default class RequestList extends GovCommand {
  static override flags = {
    ...objectListFlags,
    state: string({ multiple: true }),
    late: boolean({ exclusive: ['closed'] }),
    closed: boolean({ exclusive: ['watch', 'selector'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RequestList);
    const wanted = new Set(flags.state?.map(stateOf));
    const columns = { here: requestColumns, everywhere: requestColumnsEverywhere };
    const today = cityDay(this.reader.now);
    const keep = ({ status }: ResourceRequest) =>
      (wanted.size === 0 || wanted.has(status?.state ?? 'Draft')) &&
      (!flags.late || (status?.due ?? today) < today);
    if (!flags.closed) {
      return this.printObjects<ResourceRequest>(flags, resourceRequests, columns, cliTexts.noRequests, keep);
    }
    const hub = await this.hub(flags);
    const rows = (await closedRequests(hub)).filter(keep);
    const shown = hub.namespace === undefined ? columns.everywhere : columns.here;
    await this.printer(flags).list({ rows, columns: shown, none: cliTexts.noClosedRequests });
  }
}
