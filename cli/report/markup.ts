import { oneLine } from '../output/table.ts';

/** HTML that is made already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Part = Markup | string | number | readonly (Markup | string | number)[];

/** HTML from a template: what is put in is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const inserted = parts.map((part) => [part].flat().map(escaped).join(''));
  return new Markup(strings.map((string, index) => string + (inserted[index] ?? '')).join(''));
}

function escaped(part: Markup | string | number): string {
  if (part instanceof Markup) return part.text;
  return oneLine(String(part)).replaceAll(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`);
}
