import type { ReasonText, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { cliTexts } from '../../messages/cli.ts';
import { exitOfReasons } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import { labelOf } from '../services/requests/read.ts';
import { type Sent, sendRequests, tryRequest } from '../services/requests/send.ts';
import { quotePage, reasonLines } from '../views/requests.ts';
import type { Printer } from './printer.ts';
import { oneLine } from './table.ts';

/**
 * Tells what became of requests that are sent: the name of each, and the quote that it will most likely get. What went
 * in is told, too, when a later one fails.
 */
export async function printSent(
  printer: Printer,
  sent: AsyncIterable<Sent>,
  submitted: boolean,
): Promise<void> {
  const message = submitted ? cliTexts.requestSubmitted : cliTexts.draftCreated;
  const made: ResourceRequest[] = [];
  try {
    for await (const { request, answer } of sent) {
      made.push(request);
      if (printer.forPeople) printer.lines([printer.reader.text(message, { name: labelOf(request) })]);
      if (answer === undefined) printer.note(cliTexts.booksSilent);
      else if (!answer.ok) {
        printer.note(cliTexts.roomLacks);
        noteReasons(printer, answer.reasons);
      } else if (printer.forPeople) printer.lines(quotePage(answer, printer.reader));
    }
  } finally {
    if (!printer.forPeople && made.length > 0) await printer.data(oneOrList(made));
  }
}

/** Sends a request for a change, or on a dry run tells what it would come to; the exit code then says whether it would do. */
export async function sendOrTry(
  printer: Printer,
  hub: Hub,
  request: ResourceRequest,
  flags: { readonly submit: boolean; readonly 'dry-run': 'none' | 'client' | 'server' },
): Promise<void> {
  const { now } = printer.reader;
  const { 'dry-run': dryRun, submit } = flags;
  if (dryRun === 'none') return printSent(printer, sendRequests(hub, [request], now), submit);
  const answer = await tryRequest(hub, request, dryRun, now);
  await printer.show(answer, quotePage);
  if (!answer.ok) process.exitCode = exitOfReasons(answer.reasons);
}

/** What is pointed out of a request that was handed in, and refuses nothing. */
export function printWarnings(printer: Printer, warnings: readonly ReasonText[]): void {
  if (warnings.length === 0) return;
  printer.note(cliTexts.toNote);
  noteReasons(printer, warnings);
}

function noteReasons(printer: Printer, reasons: readonly ReasonText[]): void {
  for (const line of reasonLines(reasons, printer.reader)) process.stderr.write(`  ${oneLine(line)}\n`);
}

/** One object as it is, several as a `List`, as kubectl does. */
export function oneOrList(objects: readonly object[]): object {
  const [first, ...others] = objects;
  if (first !== undefined && others.length === 0) return first;
  return { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
}
