import { resolve } from 'node:path';
import { cliErrors, cliTexts } from '../messages/cli.ts';
import type { Message, MessageParams } from '../messages/index.ts';
import { importResults, skipReasons } from '../messages/office.ts';
import { GovCommand, type HubFlagValues } from './base.ts';
import { CliError, EXIT } from './errors.ts';
import { readInput } from './input.ts';
import type { Printer } from './output/printer.ts';
import { countOf, type ImportOutcome, type RowProblem } from './services/office.ts';

/** So many rows are listed for people; `-o json` has all of them. */
const MOST_LISTED = 20;

/** A command that imports an office’s file: bad rows on stderr, a copy of the file with the results if one is asked for. */
export abstract class ImportCommand extends GovCommand {
  /** @throws CliError E_RESULT_INPUT, E_FILE, E_FILE_SIZE */
  protected async readFile(file: string, result: string | undefined): Promise<Buffer> {
    if (result !== undefined && resolve(result) === resolve(file))
      throw new CliError('E_RESULT_INPUT', { file });
    return readInput(file, 'table');
  }

  /**
   * What became of a file: its good rows on stdout as `print` says, each bad one on stderr, and the exit code of a refusal
   * for those.
   */
  protected async printImport(
    flags: Pick<HubFlagValues, 'output'> & { readonly result?: string | undefined },
    file: string,
    content: Buffer,
    outcome: ImportOutcome<unknown>,
    print: (printer: Printer) => Promise<void>,
  ): Promise<void> {
    const { problems, reading, results } = outcome;
    const printer = this.printer(flags);
    if (results.size > 0 || problems.length === 0 || !printer.forPeople) await print(printer);
    noteSkipped(printer, reading);
    for (const problem of problems) printer.note(cliTexts.rowBad, { message: this.problemLine(problem) });
    if (flags.result !== undefined && reading.layout) {
      const [{ copyWithResults }, { writeWhole }] = await Promise.all([
        import('./services/sheet-copy.ts'),
        import('./report/write.ts'),
      ]);
      const column = this.reader.text(importResults.column);
      const copy = await copyWithResults(content, outcome.file, reading, column, this.resultTexts(outcome));
      writeWhole(flags.result, copy);
      printer.note(cliTexts.resultWritten, { file: flags.result });
    }
    if (problems.length === 0) return;
    const bad = new Set(problems.map(({ row }) => row)).size;
    printer.note(cliErrors.E_IMPORT_REFUSED, { file, bad, good: results.size });
    process.exitCode = EXIT.refused;
  }

  private problemLine({ code, message, where }: RowProblem): string {
    return `${code} [${where}] ${this.reader.pick(message[this.reader.language])}`;
  }

  /** What the copy says of each row. */
  private resultTexts({ reading, results, problems }: ImportOutcome<unknown>): ReadonlyMap<number, string> {
    const texts = new Map<number, string>();
    for (const { row, why } of reading.skipped) {
      if (why !== 'blank') texts.set(row, this.reader.text(importResults.skipped, { why: skipReasons[why] }));
    }
    for (const [row, { message, params }] of results) texts.set(row, this.reader.text(message, params));
    const reasons = new Map<number, string[]>();
    for (const problem of problems)
      reasons.set(problem.row, [...(reasons.get(problem.row) ?? []), this.problemLine(problem)]);
    for (const [row, lines] of reasons)
      texts.set(row, this.reader.text(importResults.refused, { reasons: lines.join('; ') }));
    return texts;
  }
}

/** Tells what of a file was not read. */
export function noteSkipped(
  printer: Printer,
  { skipped, unread }: Pick<ImportOutcome<unknown>['reading'], 'skipped' | 'unread'>,
): void {
  const { reader } = printer;
  const told = skipped.filter(({ why }) => why !== 'blank');
  const listed = told.slice(0, MOST_LISTED).map(({ row, why }) => `${row} ${reader.text(skipReasons[why])}`);
  const rows = [...listed, ...(told.length > listed.length ? ['…'] : [])].join(', ');
  if (told.length > 0) printer.note(cliTexts.rowsSkipped, { count: told.length, rows });
  if (unread.length > 0) printer.note(cliTexts.columnsUnread, { cells: unread.join(', ') });
}

/** The outcome for machines: its objects, and what was not taken. */
export function importData({ items, problems, reading }: ImportOutcome<unknown>): object {
  const both = ({ zh, en }: Message) => (zh === en ? zh : `${zh} / ${en}`);
  const told = problems.map((it) => ({ ...it, message: both(it.message) }));
  return { apiVersion: 'v1', kind: 'List', metadata: {}, items, problems: told, skipped: reading.skipped };
}

/** What is said of a file whose rows are objects of the hub. */
export function registeredText(
  done: Message,
  { results }: ImportOutcome<unknown>,
  dryRun: boolean,
): readonly [Message, MessageParams] {
  const [created, changed, same, tried] = (['created', 'changed', 'same', 'tried'] as const).map((what) =>
    countOf(results, importResults[what]),
  ) as [number, number, number, number];
  return dryRun ? [cliTexts.importTried, { tried, same }] : [done, { created, changed, same }];
}
