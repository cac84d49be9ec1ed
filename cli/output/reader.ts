import { type Language, type Message, type MessageParams, render } from '../../messages/index.ts';
import { stateMessages } from '../../messages/states.ts';
import { pick } from './pick.ts';

/** Who reads: their language, and the time at which they read. */
export class Reader {
  readonly language: Language;
  /** ISO 8601. */
  readonly now: string;

  constructor(language: Language, now: string) {
    this.language = language;
    this.now = now;
  }

  /** A message of ours. */
  text(message: Message, params: MessageParams = {}): string {
    return render(message, this.language, params);
  }

  /** A title of an object; its English is optional. */
  title(text: { readonly zh: string; readonly en?: string | undefined } | undefined): string {
    return text === undefined ? '-' : this.language === 'en' ? (text.en ?? text.zh) : text.zh;
  }

  /** A text that an object carries in both languages. */
  pick(text: string | undefined): string {
    return text === undefined ? '-' : pick(text, this.language);
  }

  /** The city's word for a state. */
  state(state: keyof typeof stateMessages | undefined): string {
    return state === undefined ? '-' : this.text(stateMessages[state]);
  }
}
