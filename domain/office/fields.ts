import type { ErrorCode } from '../../messages/errors.ts';
import type { MessageParams } from '../../messages/index.ts';
import type { Grid } from './grid.ts';
import { columnName } from './header.ts';
import { type Problem, readText } from './row.ts';
import { cellAddress, type DateSystem, normal, tidy } from './sheet.ts';
import type { Read } from './values.ts';
import type { Column } from './vocabulary.ts';

/** Where a field’s value stands, from 0, and what it says. */
interface Place {
  readonly row: number;
  readonly column: number;
  readonly text: string;
}

/**
 * The cells of a form’s head while they are read: each stands to the right of its name, or behind it in the same cell
 * (`申请单位：市教育局`). A name in brackets, marks such as `*` and blanks do not matter, nor do merged cells.
 */
export class Fields<F extends string> {
  readonly problems: Problem[] = [];
  readonly dateSystem: DateSystem;
  private readonly fields: Readonly<Record<F, Column>>;
  private readonly places: ReadonlyMap<F, readonly Place[]>;

  /** @param rows how many rows the head has */
  constructor(grid: Grid, rows: number, fields: Readonly<Record<F, Column>>) {
    this.fields = fields;
    this.dateSystem = grid.dateSystem;
    this.places = placesOf(grid, rows, fields);
    for (const [field, [first, second]] of this.places)
      if (first && second)
        this.fault(field, 'E_FORM_FIELD_TWICE', { cells: [first, second].map(addressOf).join(', ') });
  }

  /** A field’s text, empty where there is none. */
  text(field: F): string {
    return this.places.get(field)?.[0]?.text ?? '';
  }

  /** The row in which a field stands, from 1; 0 where it does not. */
  row(field: F): number {
    return (this.places.get(field)?.[0]?.row ?? -1) + 1;
  }

  /** A field as `reader` understands it; undefined after it was told what is wrong. An empty or absent one is wrong. */
  cell<T>(field: F, reader: (text: string) => Read<T>): T | undefined {
    if (!this.places.has(field)) return this.fault(field, 'E_FORM_FIELD');
    return this.text(field) === ''
      ? this.fault(field, 'E_CELL_EMPTY')
      : this.optional(field, reader, undefined);
  }

  /** The same of one that may be empty or absent, for which `otherwise` stands. */
  optional<T, D>(field: F, reader: (text: string) => Read<T>, otherwise: D): T | D | undefined {
    const text = this.text(field);
    if (text === '') return otherwise;
    const result = readText(text, this.fields[field], reader);
    return result.ok ? result.value : this.fault(field, result.code, result.params);
  }

  /** Tells what is wrong with a field. */
  fault(field: F, code: ErrorCode, params: MessageParams = {}): undefined {
    const place = this.places.get(field)?.[0];
    const cell = place ? addressOf(place) : '-';
    const column = this.fields[field].names[0];
    const row = place ? place.row + 1 : 1;
    this.problems.push({ code, params: { cell, column, ...params }, where: place ? cell : column, row });
  }
}

function addressOf({ row, column }: Place): string {
  return cellAddress(row, column);
}

function placesOf<F extends string>(
  grid: Grid,
  rows: number,
  fields: Readonly<Record<F, Column>>,
): ReadonlyMap<F, readonly Place[]> {
  const byName = new Map<string, F>();
  for (const field of Object.keys(fields) as F[])
    for (const name of fields[field].names) byName.set(normal(name), field);
  const named = (text: string) => (text === '' ? undefined : byName.get(columnName(text).name));
  const places = new Map<F, Place[]>();
  const add = (field: F, place: Place) => {
    const known = places.get(field);
    if (known) known.push(place);
    else places.set(field, [place]);
  };
  for (let row = 0; row < rows; row++) {
    const own = grid.own(row);
    for (const [column, text] of own.entries()) {
      const field = named(text);
      if (field !== undefined) {
        const first = (grid.mergeAt(row, column)?.endCol ?? column) + 1;
        const at = own.findIndex((it, index) => index >= first && it !== '');
        const value = at >= 0 && named(own[at] ?? '') === undefined ? at : undefined;
        add(field, { row, column: value ?? first, text: value === undefined ? '' : (own[value] ?? '') });
        continue;
      }
      const [, before = '', behind = ''] = /^([^:：]+)[:：](.+)$/s.exec(text) ?? [];
      const inside = named(tidy(before));
      if (inside !== undefined) add(inside, { row, column, text: tidy(behind) });
    }
  }
  return places;
}
