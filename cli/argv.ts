import { type Language, languageOf } from '../messages/index.ts';

/** What must be known of the command line before it is parsed: to find the command, and to tell errors of parsing. */

/** Flags that take a value and may stand before the command, as kubectl allows. */
const LEADING = new Set([
  '--context',
  '--kubeconfig',
  '--namespace',
  '-n',
  '--as',
  '--request-timeout',
  '--lang',
  '--output',
  '-o',
]);

/** The value of a flag given as `--flag value`, `--flag=value` or `-fvalue`, the last one. */
export function valueOf(argv: readonly string[], long: string, short?: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < argv.length && argv[at] !== '--'; at++) {
    const word = argv[at] as string;
    if (word === long || word === short) found = argv[at + 1];
    else if (word.startsWith(`${long}=`)) found = word.slice(long.length + 1);
    else if (short !== undefined && word.startsWith(short) && !word.startsWith('--'))
      found = word.slice(short.length).replace(/^=/, '');
  }
  return found;
}

export function wantedLanguage(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Language {
  return languageOf(valueOf(argv, '--lang'), env);
}

export function wantsJson(argv: readonly string[]): boolean {
  return valueOf(argv, '--output', '-o') === 'json' || isGiven(argv, '--json');
}

export function wantsHelp(argv: readonly string[]): boolean {
  return isGiven(argv, '--help', '-h');
}

function isGiven(argv: readonly string[], ...names: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => names.includes(word));
}

export interface Found {
  /** Id of the command, words joined by colons; '' when the words name none. */
  readonly id: string;
  /** What the command gets. */
  readonly argv: readonly string[];
  /** The words that might have named a command. */
  readonly words: readonly string[];
}

/** Finds the command that a line names, flags of the hub before it included: they are moved behind it. */
export function findCommand(argv: readonly string[], ids: readonly string[]): Found {
  let start = 0;
  while (start < argv.length && (argv[start] as string).startsWith('-') && argv[start] !== '--') {
    start += LEADING.has(argv[start] as string) ? 2 : 1;
  }
  const leading = argv.slice(0, start);
  const rest = argv.slice(start);
  const end = rest.findIndex((word) => word.startsWith('-'));
  const words = end < 0 ? rest : rest.slice(0, end);
  for (let count = Math.min(2, words.length); count > 0; count--) {
    const id = words.slice(0, count).join(':');
    if (ids.includes(id)) return { id, argv: [...rest.slice(count), ...leading], words };
  }
  return { id: '', argv: [...rest, ...leading], words };
}
