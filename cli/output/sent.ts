import { cliTexts } from '../../messages/cli.ts';
import { labelOf, type Sent } from '../services/requests.ts';
import { quotePage, reasonLines } from '../views/requests.ts';
import type { Printer } from './printer.ts';

/** Tells what became of a request that was sent: its name, and the quote that it will most likely get. */
export async function printSent(
  printer: Printer,
  { request, answer }: Sent,
  submitted: boolean,
): Promise<void> {
  const message = submitted ? cliTexts.requestSubmitted : cliTexts.draftCreated;
  await printer.done(request, message, { name: labelOf(request) });
  if (answer === undefined) printer.note(cliTexts.booksSilent);
  else if (!answer.ok) {
    printer.note(cliTexts.roomLacks);
    for (const line of reasonLines(answer.reasons, printer.reader)) process.stderr.write(`  ${line}\n`);
  } else if (printer.forPeople) printer.lines(quotePage(answer, printer.reader));
}
