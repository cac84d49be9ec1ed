import type { ReportSection } from '../../api/reports/report.ts';
import { CliError } from '../errors.ts';
import type { ReportFormat } from '../flags.ts';
import { Printer } from '../output/printer.ts';
import type { Reader } from '../output/reader.ts';
import type { MadeReport } from '../services/made-reports.ts';
import { putOut, requireOut } from './write.ts';

interface PrintFlags {
  readonly output: ReportFormat;
  readonly out?: string | undefined;
  readonly section?: string | undefined;
  readonly bom?: boolean | undefined;
}

/** Spreadsheets of Windows take a CSV without this mark for one in the old encoding. */
const BOM = '\uFEFF';

/**
 * Writes a report in the form that is asked for, into a file or to stdout.
 * @throws CliError E_REPORT_SECTION, E_OUT_NEEDED, E_OUT_FORMAT, E_CHROMIUM, E_CHROMIUM_FAILED
 */
export async function printReport(whole: MadeReport, flags: PrintFlags, reader: Reader): Promise<void> {
  const { output, out } = flags;
  const report =
    flags.section === undefined ? whole : { ...whole, sections: [sectionOf(whole, flags.section)] };
  if (output === 'csv' || output === 'xlsx' || output === 'html' || output === 'pdf') {
    if (output === 'xlsx' || output === 'pdf') requireOut(flags);
    return putOut(await contentOf(report, output, flags.bom ?? false, reader), flags, reader);
  }
  if (out !== undefined) throw new CliError('E_OUT_FORMAT', { output });
  const printer = new Printer(reader, output);
  const { reportLines } = await import('./table.ts');
  await printer.show(report, () => reportLines(report, reader, { wide: output === 'wide' }));
}

function sectionOf(report: MadeReport, key: string): ReportSection {
  const found = report.sections.find((section) => section.key === key);
  if (found) return found;
  throw new CliError('E_REPORT_SECTION', {
    section: key,
    known: report.sections.map((it) => it.key).join(', '),
  });
}

async function contentOf(
  report: MadeReport,
  output: 'csv' | 'xlsx' | 'html' | 'pdf',
  bom: boolean,
  reader: Reader,
): Promise<string | Uint8Array> {
  if (output === 'csv') {
    const { reportCsv } = await import('./csv.ts');
    return (bom ? BOM : '') + reportCsv(report, reader);
  }
  if (output === 'xlsx') {
    const { reportXlsx } = await import('./xlsx.ts');
    return reportXlsx(report, reader);
  }
  const { reportHtml } = await import('./html.ts');
  const page = reportHtml(report, reader);
  if (output === 'html') return page;
  const { pdfOf } = await import('./pdf.ts');
  return pdfOf(page, process.env);
}
