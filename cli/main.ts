import { styleText } from 'node:util';
import pkg from '../package.json' with { type: 'json' };
import { escapeUnseen } from '../domain/unseen.ts';
import { cliTexts } from '../messages/cli.ts';
import { type Language, render } from '../messages/index.ts';
import { findCommand, wantedLanguage, wantsHelp, wantsJson } from './argv.ts';
import { CliError, EXIT, tell } from './errors.ts';
import { near } from '../domain/near.ts';
import { inertLines, oneLine } from './output/table.ts';
import { describeCommand, loadConfig, readManifest, sourceIds } from './oclif.ts';

/** The program, from a command line to an exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endWithReader);
  try {
    await dispatch(argv);
  } catch (error) {
    process.exitCode = await report(error, wantedLanguage(argv, process.env), wantsJson(argv));
  }
}

/** A reader that has seen enough (`| head`) ends the program, a watch too. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
}

async function dispatch(argv: readonly string[]): Promise<void> {
  if (argv[0] === '--version' || argv[0] === '-v') {
    process.stdout.write(`${pkg.name} ${pkg.version}\n`);
    return;
  }
  const root = import.meta.dirname;
  const manifest = readManifest(root);
  const ids = manifest ? Object.keys(manifest.commands) : sourceIds(root);
  const { id, argv: rest, words } = findCommand(argv, ids);
  const help = wantsHelp(argv);
  if (id !== '' && !help) {
    const config = await loadConfig(root, id);
    await config.runCommand(id, [...rest]);
    return;
  }
  const [topic = ''] = words;
  if (topic === 'help') return dispatch([...argv.slice(argv.indexOf('help') + 1), '--help']);
  const isTopic = words.length === 1 && ids.some((it) => it.startsWith(`${topic}:`));
  if (id === '' && words.length > 0 && !isTopic) throw unknown(words, ids);
  const { showHelp } = await import('./help.ts');
  const command = id === '' ? undefined : await describeCommand(root, id);
  showHelp(command ?? topic, ids, wantedLanguage(argv, process.env));
  // A topic alone does nothing: whoever meant a command must not be told that it went well.
  if (isTopic && !help) process.exitCode = EXIT.usage;
}

function unknown(words: readonly string[], ids: readonly string[]): CliError {
  const visible = ids.filter((id) => !id.startsWith('_')).map((id) => id.replace(':', ' '));
  const topic = words[0] ?? '';
  const verbs = visible.filter((id) => id.startsWith(`${topic} `));
  if (verbs.length > 0) {
    const known = verbs.map((id) => id.slice(topic.length + 1)).join(', ');
    return new CliError(
      'E_VERB_UNKNOWN',
      { topic, verb: words[1] ?? '', known },
      near(words.slice(0, 2).join(' '), verbs),
    );
  }
  const topics = new Set(visible.map((id) => id.split(' ')[0] as string));
  return new CliError('E_COMMAND_UNKNOWN', { command: topic }, near(topic, topics));
}

/** Faults of the command line itself, which its help would mend. */
const SYNTAX = /^E_(USAGE|COMMAND_|VERB_|FLAGS?_|ARGS?_|ITEM_SYNTAX|PARAMETER_SYNTAX|NOTHING_TO_CHANGE)/;

/** Tells an error and returns the exit code. */
async function report(error: unknown, language: Language, json: boolean): Promise<number> {
  const { exit, reasons, suggestions, stack } = await tell(error, language);
  const [first] = reasons;
  if (json && first) {
    const told = { code: first.code, message: first.message, exit, reasons, suggestions };
    process.stdout.write(`${escapeUnseen(JSON.stringify({ error: told }, undefined, 2))}\n`);
  }
  const label = styleText('red', render(cliTexts.error, language), { stream: process.stderr });
  for (const { code, message, where } of reasons) {
    const place = where === undefined ? '' : ` [${where}]`;
    process.stderr.write(`${label} ${oneLine(code + place)}: ${inertLines(message).join('\n  ')}\n`);
  }
  if (suggestions.length > 0) {
    const names = suggestions.map(oneLine).join(language === 'zh' ? '、' : ', ');
    process.stderr.write(`${render(cliTexts.meant, language, { names })}\n`);
  }
  if (reasons.some(({ code }) => SYNTAX.test(code))) {
    process.stderr.write(`${render(cliTexts.seeHelp, language)}\n`);
  }
  if (stack !== undefined) process.stderr.write(`${inertLines(stack).join('\n')}\n`);
  return exit;
}
