import { createInterface } from 'node:readline/promises';
import { flagHelp } from '../messages/cli-help.ts';
import { cliTexts } from '../messages/cli.ts';
import type { Reader } from './output/reader.ts';

/** Asks the person something; '' when they only pressed Enter. */
export type Ask = (question: string) => Promise<string>;

/** Asks on the terminal, or undefined when nobody sits there: then nothing may wait for an answer. */
export function terminalAsk(): Ask | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    // Questions go to stderr: stdout is data.
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const aborted = new AbortController();
    // readline takes Ctrl-C for itself; the program ends by it all the same.
    lines.on('SIGINT', () => aborted.abort());
    try {
      return (await lines.question(`${question} `, { signal: aborted.signal })).trim();
    } finally {
      lines.close();
    }
  };
}

/** Asks for the value of a flag that was not given, by what its help says. */
export function askField(reader: Reader): (flag: string) => Promise<string | undefined> {
  const ask = terminalAsk();
  return async (flag) => {
    const help = flagHelp[flag as keyof typeof flagHelp];
    return ask?.(reader.text(cliTexts.askField, { flag, title: help ? reader.text(help) : flag }));
  };
}
