import type { CatalogItem, ResourceRequest } from '../../../api/v1alpha1/index.ts';
import { CliError } from '../../errors.ts';
import { notFound } from '../../hub/find.ts';

type Line = ResourceRequest['spec']['lines'][number];

const ITEM = /^([a-z0-9][-a-z0-9]*)=(\d+)(?::(.*))?$/;
const LINE_NAME_LENGTH = 20;

/** Lines from `item=quantity:parameter=value,...`; a value is a number where the item says so. */
export function parseLines(texts: readonly string[], items: readonly CatalogItem[]): Line[] {
  const lines = texts.map((text) => {
    const match = ITEM.exec(text);
    if (!match?.[1] || !match[2]) throw new CliError('E_ITEM_SYNTAX', { text });
    const item = items.find(({ metadata }) => metadata.name === match[1]);
    if (!item) {
      throw notFound(
        'CatalogItem',
        match[1],
        items.map(({ metadata }) => metadata.name),
      );
    }
    const parameters = parseParameters(match[3] ?? '', item);
    return { item: match[1], quantity: Number(match[2]), parameters };
  });
  return namedLines(lines);
}

/** Lines with names of their own, made of their items. */
export function namedLines(lines: readonly Omit<Line, 'name'>[]): Line[] {
  const names = new Set<string>();
  return lines.map((line) => {
    let name = lineNameOf(line.item);
    for (let count = 2; names.has(name); count++) {
      const suffix = `-${count}`;
      name = line.item.slice(0, LINE_NAME_LENGTH - suffix.length) + suffix;
    }
    names.add(name);
    return { name, ...line };
  });
}

/** Parameter values from `name=value,...`. */
export function parseParameters(text: string, item: CatalogItem): Line['parameters'] {
  const pairs = text === '' ? [] : text.split(',');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError('E_PARAMETER_SYNTAX', { text: pair });
      const name = pair.slice(0, at).trim();
      const value = pair.slice(at + 1).trim();
      const integer = item.spec.parameters.find((it) => it.name === name)?.type === 'integer';
      return [name, integer && /^\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}

/** What a line of an item is called. */
export function lineNameOf(item: string): string {
  return item.slice(0, LINE_NAME_LENGTH).replace(/-+$/, '');
}
