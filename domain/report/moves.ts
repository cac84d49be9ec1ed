import type { Localized } from '../../api/reports/report.ts';
import type { Organization } from '../../api/v1alpha1/index.ts';
import type { Message } from '../../messages/index.ts';
import { both, nameIn, titled } from './table.ts';

/**
 * Organisations that got another one above them within a time: after a day, and by another one.
 * @param note what that means for the figures
 * @param only the code of the one that it is about; undefined: the city
 */
export function movesOf(
  organizations: ReadonlyMap<string, Organization>,
  { after, by }: { readonly after: string; readonly by: string },
  note: Message,
  only?: string,
): Localized[] {
  return [...organizations.values()]
    .filter(({ metadata }) => only === undefined || metadata.name === only)
    .flatMap(({ spec: { name, parents } }) => {
      const first = parents.map(({ from }) => from).sort()[0] ?? '';
      return parents
        .filter(({ from }) => from > first && from > after && from <= by)
        .map(({ code, from }) =>
          both(note, { organization: titled(name), above: nameIn(organizations, code), from }),
        );
    })
    .sort((a, b) => (a.zh < b.zh ? -1 : 1));
}
