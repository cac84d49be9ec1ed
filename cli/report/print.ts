import type { ReportFormat } from '../flags.ts';
import { Printer } from '../output/printer.ts';
import type { Reader } from '../output/reader.ts';
import type { MadeReport } from '../services/made-reports.ts';
import { reportLines } from './table.ts';

/** Writes a report to stdout in the form that is asked for. */
export async function printReport(
  report: MadeReport,
  flags: { readonly output: ReportFormat },
  reader: Reader,
): Promise<void> {
  const printer = new Printer(reader, flags.output);
  await printer.show(report, () => reportLines(report, reader, { wide: flags.output === 'wide' }));
}
