import { load } from 'js-yaml';
import type { Logger } from 'pino';
import { parseTermPolicies, TERM_POLICY as PLACE, type TermPolicy } from '../domain/allocation/term.ts';

type Published = { readonly data?: Readonly<Record<string, string>> };

/** Key of the ConfigMap that says what becomes of what has a term. */
export const TERM_POLICY = `${PLACE.namespace}/${PLACE.name}`;

/** Each version is read once: every look at an allocation asks for it. */
const known = new WeakMap<Published, readonly TermPolicy[]>();

/**
 * The policies that cloud engineers published. By one that cannot be read nothing is stopped or started and no notice is given,
 * which is told in the log: what runs is not to suffer from it.
 */
export function termPoliciesOf(published: Published | undefined, log: Logger): readonly TermPolicy[] {
  const text = published?.data?.[PLACE.key];
  if (!published || text === undefined) return [];
  const read = known.get(published) ?? parsed(text, log);
  known.set(published, read);
  return read;
}

function parsed(text: string, log: Logger): readonly TermPolicy[] {
  try {
    return parseTermPolicies(load(text));
  } catch (error) {
    log.error(
      { err: error, object: TERM_POLICY },
      'the term policy cannot be read: nothing is suspended or started by it',
    );
    return [];
  }
}
