import { type Merge, type Sheet, tidy } from './sheet.ts';

/** More columns than any spreadsheet has. */
const WIDEST = 2 ** 15;

/** The cells of a sheet, and whose text a merged one shows. */
export class Grid {
  readonly rows: Sheet['rows'];
  readonly dateSystem: Sheet['dateSystem'];
  readonly width: number;
  private readonly merged = new Map<number, Merge>();

  constructor({ rows, merges, dateSystem }: Sheet) {
    this.rows = rows;
    this.dateSystem = dateSystem;
    this.width = rows.reduce((most, row) => Math.max(most, filledWidth(row)), 0);
    for (const merge of merges) {
      const [bottom, right] = [
        Math.min(merge.endRow, rows.length - 1),
        Math.min(merge.endCol, this.width - 1),
      ];
      for (let row = merge.startRow; row <= bottom; row++)
        for (let column = merge.startCol; column <= right; column++)
          this.merged.set(row * WIDEST + column, merge);
    }
  }

  /** The texts that stand in a row’s own cells. */
  own(row: number): readonly string[] {
    return (this.rows[row] ?? []).map(tidy);
  }

  mergeAt(row: number, column: number): Merge | undefined {
    return this.merged.size === 0 ? undefined : this.merged.get(row * WIDEST + column);
  }

  /** The texts that a row shows: its own, and those of cells that are merged into it from above or from the left. */
  shown(row: number, own: readonly string[]): readonly string[] {
    if (this.merged.size === 0) return own;
    return Array.from({ length: this.width }, (_, column) =>
      this.mergeAt(row, column) ? tidy(this.raw(this.anchor(row, column))) : (own[column] ?? ''),
    );
  }

  /** The cell that holds the text of another one. */
  anchor(row: number, column: number): readonly [number, number] {
    const merge = this.mergeAt(row, column);
    return merge ? [merge.startRow, merge.startCol] : [row, column];
  }

  /** The text that a cell shows, if it stands in `first` or below. */
  within(first: number, row: number, column: number): string {
    const anchor = this.anchor(row, column);
    return anchor[0] < first ? '' : this.raw(anchor);
  }

  raw([row, column]: readonly [number, number]): string {
    return this.rows[row]?.[column] ?? '';
  }
}

function filledWidth(row: readonly string[]): number {
  return row.findLastIndex((text) => text.trim() !== '') + 1;
}

/** Marks and markings are looked for in a text without blanks and full-width forms. */
export function bare(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/g, '');
}
