import { stateMessages } from '../../messages/states.ts';
import { findingStates } from '../../messages/usage.ts';
import type { Message } from '../../messages/index.ts';
import { CliError } from '../errors.ts';
import { near } from '../../domain/near.ts';

type State = keyof typeof stateMessages;

/** A state by its code or its word in either language. @throws CliError E_STATE_UNKNOWN */
export function stateOf(text: string): State {
  return known(text, stateMessages);
}

/** The same of a finding of use. */
export function findingStateOf(text: string): keyof typeof findingStates {
  return known(text, findingStates);
}

function known<S extends string>(text: string, words: Readonly<Record<S, Message>>): S {
  const states = Object.keys(words) as S[];
  const wanted = text.toLowerCase();
  const found = states.find((state) => {
    const { zh, en } = words[state];
    return [state, zh, en].some((word) => word.toLowerCase() === wanted);
  });
  if (found) return found;
  throw new CliError('E_STATE_UNKNOWN', { value: text, values: states.join(', ') }, near(text, states));
}

/** The city's word for where something stands; what nobody looked at yet stands nowhere. */
export function stateWord(status: { readonly state?: State | undefined } | undefined): Message {
  return status?.state === undefined ? { zh: '-', en: '-' } : stateMessages[status.state];
}

/** Several states as one text. */
export function stateWords(states: readonly State[]): Message {
  return {
    zh: states.map((state) => stateMessages[state].zh).join('、'),
    en: states.map((state) => stateMessages[state].en).join(', '),
  };
}
