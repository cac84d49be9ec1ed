/**
 * Matchers of PromQL that mean what is given to them and nothing else, whatever it holds. What is matched today are names
 * that API servers have checked; that they are harmless is nothing that a query should rest on.
 */

/** A text as a string of PromQL. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A regular expression (RE2) that this text alone matches. */
export function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Matches a label of this value. */
export function is(label: string, value: string): string {
  return `${label}=${quoted(value)}`;
}

/** Matches a label of which one of these patterns (RE2) is the whole value. */
export function isLike(label: string, patterns: readonly string[]): string {
  return `${label}=~${quoted(patterns.join('|'))}`;
}

/** Matches a label of one of these values. */
export function isOneOf(label: string, values: readonly string[]): string {
  return isLike(label, values.map(literally));
}
