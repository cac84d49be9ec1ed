import type { CatalogItem, ParameterValues } from '../../api/v1alpha1/index.ts';
import { checkParameters } from '../catalogue/item.ts';
import type { TableRow } from './row.ts';
import { normal } from './sheet.ts';
import { type Part, type Read, read, readCount, readPart, wrong } from './values.ts';
import { CORE_UNITS, PART_WORDS, SIZE_UNITS } from './vocabulary.ts';

/** Of what somebody wrote, so much is repeated. */
const MOST_PART = 60;
type Family = keyof typeof PART_WORDS;

/** A row that says what is asked for, or runs, of which item. */
type ItemRow = Pick<
  TableRow<'item' | 'specification' | 'cpu' | 'memory' | 'disk' | 'quantity'>,
  'cell' | 'optional' | 'text' | 'unit' | 'fault' | 'problems'
>;

/** The item that a row names, by its id or its title in either language. */
export function readItem(row: ItemRow, items: ReadonlyMap<string, CatalogItem>): CatalogItem | undefined {
  return row.cell('item', (text) => {
    const known = [...new Set(items.values())].map(({ spec }) => spec.title.zh).join('、');
    const found = items.get(normal(text));
    return found ? read(found) : wrong('E_STOCK_ITEM', { known });
  });
}

/** How many units a row says. */
export function readQuantity(row: ItemRow, item: CatalogItem | undefined): number | undefined {
  return row.cell('quantity', (text) => {
    const highest = item?.spec.maxQuantity ?? 1000;
    const count = readCount(text, row.unit('quantity'), highest);
    return count.ok && count.value >= 1 ? count : wrong('E_STOCK_QUANTITY', { highest });
  });
}

/** A piece of a specification: an amount, and which one if it says so; or a text. */
type Piece = { readonly text: string } & Partial<Part> & { readonly family?: Family };

/** The item’s parameters, from one column or from those for CPU, memory and disk; undefined after its faults were told. */
export function parametersOf(row: ItemRow, item: CatalogItem): ParameterValues | undefined {
  const place = (['specification', 'cpu', 'memory', 'disk'] as const).find(
    (column) => row.text(column) !== '',
  );
  const at = place ?? 'specification';
  const { spec } = item;
  const said = { item: spec.title.zh, example: exampleOf(spec) };
  const values: ParameterValues = {};
  const fits = (text: string, pieces: readonly Piece[]): Read<null> => {
    const bad = pieces.find((piece) => !take(spec, values, piece));
    return pieces.length > 0 && bad === undefined
      ? read(null)
      : wrong('E_STOCK_SPECIFICATION', { part: (bad?.text ?? text).slice(0, MOST_PART), ...said });
  };
  const before = row.problems.length;
  if (!place) return row.fault(at, 'E_CELL_EMPTY');
  row.optional('specification', (text) => fits(text, piecesOf(text)), null);
  for (const family of ['cpu', 'memory', 'disk'] as const) {
    row.optional(
      family,
      (text) => {
        const part = readPart(text, row.unit(family) || (family === 'cpu' ? '核' : ''));
        return fits(text, part ? [{ text, family, ...part }] : []);
      },
      null,
    );
  }
  if (row.problems.length > before) return undefined;
  const faults = checkParameters(spec, values, '');
  for (const { code, params } of faults) row.fault(at, code, params);
  if (faults.length > 0) return undefined;
  return Object.fromEntries(
    spec.parameters.flatMap(({ name }) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );
}

/** Gives a piece to the parameter that it fits: the one that it names, else the next of its unit, else one of its text. */
function take(spec: CatalogItem['spec'], values: ParameterValues, piece: Piece): boolean {
  const { value, unit, family } = piece;
  const open = spec.parameters.filter(({ name }) => values[name] === undefined);
  if (value === undefined) {
    const found = open.find((it) => it.type === 'string' && it.values?.includes(piece.text));
    if (found) values[found.name] = piece.text;
    return found !== undefined;
  }
  const integers = open.filter(({ type }) => type === 'integer');
  const found = family === undefined ? integers[0] : integers.find((it) => familyOf(it) === family);
  if (found?.unit !== unit || found === undefined) return false;
  values[found.name] = value;
  return true;
}

function familyOf({ unit, title }: CatalogItem['spec']['parameters'][number]): Family {
  if (unit === '核') return 'cpu';
  return PART_WORDS.memory.some((word) => title.zh.includes(word)) ? 'memory' : 'disk';
}

const LABEL = Object.values(PART_WORDS).flat().toSorted(longestFirst).join('|');
const UNIT = [...CORE_UNITS, ...Object.keys(SIZE_UNITS)].toSorted(longestFirst).join('|');
const AMOUNT = `\\d+(?:,\\d{3})*(?:\\.\\d+)?(?:${UNIT})`;
/** `内存16G`, `16G内存`: a part that begins with what it calls itself does so throughout. */
const NAMED_BEFORE = new RegExp(`(?:(${LABEL}):?)?(${AMOUNT})`, 'giy');
const NAMED_BEHIND = new RegExp(`()(${AMOUNT})(${LABEL})?`, 'giy');

function longestFirst(a: string, b: string): number {
  return b.length - a.length;
}

/** `8核16G`, `CPU: 8核，内存 16G`, `16核/64GB/1TB/16` in pieces. */
function piecesOf(text: string): readonly Piece[] {
  return text
    .normalize('NFKC')
    .replaceAll(new RegExp(`(\\d)\\s+(?=(?:${UNIT})(?![a-z]))`, 'gi'), '$1')
    .replaceAll(new RegExp(`(?<![^/;、+|,\\s])(${LABEL})\\s*:?\\s*(?=\\d)`, 'gi'), '$1:')
    .split(/[/;、+|\s]+|(?<!\d),|,(?!\d{3}(?:\D|$))/)
    .filter((part) => part !== '')
    .flatMap((part) => amountsOf(part) ?? [{ text: part }]);
}

/** The amounts that a part consists of; undefined if it holds anything else. */
function amountsOf(part: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  const form = /^\d/.test(part) ? NAMED_BEHIND : NAMED_BEFORE;
  form.lastIndex = 0;
  while (form.lastIndex < part.length) {
    const match = form.exec(part);
    const amount = match?.[2] === undefined ? undefined : readPart(match[2], '');
    if (!match || !amount) return undefined;
    const label = (match[1] || match[3])?.toLowerCase();
    const family = (Object.keys(PART_WORDS) as Family[]).find((it) =>
      (PART_WORDS[it] as readonly string[]).includes(label ?? ''),
    );
    pieces.push({ text: match[0], ...amount, ...(family === undefined ? {} : { family }) });
  }
  return pieces;
}

/** A specification of the item’s smallest unit, to show the form. */
export function exampleOf(spec: CatalogItem['spec']): string {
  return spec.parameters
    .filter(({ type, required }) => type === 'integer' || required)
    .map((it) => (it.type === 'integer' ? `${it.minimum ?? 1}${it.unit ?? ''}` : (it.values?.[0] ?? '')))
    .join('/');
}
