/**
 * Everything that a person reads, in both languages of the city. A message is one object that carries its
 * Chinese and English text side by side, so neither can be missing; `{name}` marks a parameter.
 */

export type Language = 'zh' | 'en';

export interface Message {
  readonly zh: string;
  readonly en: string;
}

/** Values of a message's parameters. A `Message` is rendered in the language of its surroundings. */
export type MessageParams = Readonly<Record<string, string | number | bigint | Message>>;

/** Declares messages, keeping their keys as literal types. */
export function defineMessages<K extends string>(messages: Record<K, Message>): Readonly<Record<K, Message>> {
  return Object.freeze(messages);
}

/**
 * The text of a message in one language.
 * @throws Error when a parameter that the text names is not given: a hole in a sentence is a bug of ours.
 */
export function render(message: Message, language: Language, params: MessageParams = {}): string {
  return message[language].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`message "${message.en}" lacks parameter ${name}`);
    return typeof value === 'object' ? render(value, language, params) : String(value);
  });
}

/** Both languages in one line, Chinese first: for conditions and log lines, which have no reader's language. */
export function renderBoth(message: Message, params: MessageParams = {}): string {
  const zh = render(message, 'zh', params);
  const en = render(message, 'en', params);
  return zh === en ? zh : `${zh} / ${en}`;
}

/** The reader's language: `--lang` first, then LC_ALL, LC_MESSAGES, LANG; Chinese when nothing says otherwise. */
export function languageOf(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Language {
  if (flag === 'zh' || flag === 'en') return flag;
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^en/i.test(locale) ? 'en' : 'zh';
}
