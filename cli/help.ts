import { textWidth } from './output/width.ts';
import {
  argumentHelp,
  commandDetails,
  commandHelp,
  examples,
  flagHelp,
  helpTexts,
  programHelp,
  topicHelp,
} from '../messages/cli-help.ts';
import { type Language, type Message, render } from '../messages/index.ts';
import type { ManifestCommand } from './oclif.ts';

type Command = ManifestCommand;
type Flag = Command['flags'][string];

/** Flags that nearly every command has: told last, and apart. */
const COMMON = new Set([
  'context',
  'kubeconfig',
  'namespace',
  'as',
  'request-timeout',
  'lang',
  'output',
  'no-headers',
  'all-namespaces',
  'selector',
  'watch',
]);

/** Prints the help of a command, of a topic, or of the program for ''. @param ids all commands */
export function showHelp(what: Command | string, ids: readonly string[], language: Language): void {
  const shown = ids.filter((id) => !id.startsWith('_')).map((id) => id.replaceAll(':', ' '));
  const lines =
    typeof what !== 'string'
      ? commandLines(what, language)
      : what === ''
        ? programLines(shown, language)
        : topicLines(what, shown, language);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function programLines(commands: readonly string[], language: Language): string[] {
  const topics = [
    ...new Set(commands.filter((name) => name.includes(' ')).map((name) => name.split(' ')[0] as string)),
  ];
  const alone = commands.filter((name) => !name.includes(' '));
  return [
    render(programHelp.summary, language),
    '',
    ...section(helpTexts.usage, ['govcloud COMMAND [FLAGS]'], language),
    ...section(
      helpTexts.topics,
      list(topics.sort().map((topic) => [topic, textOf(topicHelp, topic, language)])),
      language,
    ),
    ...section(
      helpTexts.commands,
      list(alone.map((name) => [name, textOf(commandHelp, name, language)])),
      language,
    ),
    ...section(helpTexts.exitCodes, [render(helpTexts.exits, language)], language),
    render(helpTexts.more, language),
  ];
}

function topicLines(topic: string, commands: readonly string[], language: Language): string[] {
  const verbs = commands.filter((name) => name.startsWith(`${topic} `));
  return [
    textOf(topicHelp, topic, language),
    '',
    ...section(helpTexts.usage, [`govcloud ${topic} COMMAND [FLAGS]`], language),
    ...section(
      helpTexts.commands,
      list(verbs.map((name) => [name, textOf(commandHelp, name, language)])),
      language,
    ),
  ];
}

function commandLines(command: Command, language: Language): string[] {
  const name = command.id.replaceAll(':', ' ');
  const args = Object.values(command.args).filter(({ hidden }) => !hidden);
  const usage = args.map((arg) => (arg.required ? arg.name.toUpperCase() : `[${arg.name.toUpperCase()}]`));
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const required = flags.filter((flag) => flag.required).map((flag) => `--${flag.name} ${valueOf(flag)}`);
  const details = commandDetails[name as keyof typeof commandDetails] as Message | undefined;
  const shown = (common: boolean) =>
    list(
      flags
        .filter((flag) => COMMON.has(flag.name) === common)
        .map((flag) => [flagForm(flag), flagText(flag, language)]),
    );
  return [
    textOf(commandHelp, name, language),
    '',
    ...section(helpTexts.usage, [['govcloud', name, ...usage, ...required, '[FLAGS]'].join(' ')], language),
    ...(details ? [render(details, language), ''] : []),
    ...section(
      helpTexts.arguments,
      list(args.map((arg) => [arg.name.toUpperCase(), textOf(argumentHelp, arg.name, language)])),
      language,
    ),
    ...section(helpTexts.flags, shown(false), language),
    ...section(helpTexts.hubFlags, shown(true), language),
    ...section(
      helpTexts.examples,
      (examples[name] ?? []).map((line) => `$ ${line}`),
      language,
    ),
  ];
}

function flagForm(flag: Flag): string {
  const short = flag.char ? `-${flag.char}, ` : '    ';
  return `${short}--${flag.name}${flag.type === 'boolean' ? '' : ` ${valueOf(flag)}`}`;
}

function valueOf(flag: Flag): string {
  const { helpValue } = flag as { helpValue?: string };
  return helpValue ?? flag.name.replace(/^.*-/, '').toUpperCase();
}

function flagText(flag: Flag, language: Language): string {
  const { options, default: standard } = flag as { options?: readonly string[]; default?: unknown };
  const remarks = [
    ...(flag.required ? [render(helpTexts.required, language)] : []),
    ...(options ? [render(helpTexts.oneOf, language, { values: options.join(', ') })] : []),
    ...(typeof standard === 'string' || typeof standard === 'number'
      ? [render(helpTexts.default, language, { value: standard })]
      : []),
  ];
  const text = textOf(flagHelp, flag.name, language);
  return remarks.length === 0 ? text : `${text} (${remarks.join('; ')})`;
}

function textOf(messages: Readonly<Record<string, Message>>, key: string, language: Language): string {
  const message = messages[key];
  return message ? render(message, language) : '';
}

function section(heading: Message, lines: readonly string[], language: Language): string[] {
  return lines.length === 0 ? [] : [render(heading, language), ...lines.map((line) => `  ${line}`), ''];
}

function list(pairs: readonly (readonly [string, string])[]): string[] {
  const width = pairs.reduce((most, [left]) => Math.max(most, textWidth(left)), 0);
  return pairs.map(([left, right]) => `${left}${' '.repeat(width - textWidth(left))}  ${right}`.trimEnd());
}
