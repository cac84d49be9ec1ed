/**
 * What steers a terminal, turns the direction of text, ends a line, or stands in a text without being seen: controls,
 * formats, lone surrogates, code points that renderers leave out.
 */
export const UNSEEN = /[\p{Control}\p{Format}\p{Surrogate}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/**
 * A document whose strings hold nothing that is not seen: the same value to a parser. Line ends of the document stay;
 * in YAML, whatever holds such characters must stand in double quotes.
 */
export function escapeUnseen(document: string, form: 'json' | 'yaml' = 'json'): string {
  return document.replace(UNSEEN, (char) => {
    if (char === '\n') return char;
    const code = char.codePointAt(0) ?? 0;
    if (form === 'yaml' && code > 0xffff) return `\\U${hex(code, 8)}`;
    return Array.from({ length: char.length }, (_, at) => `\\u${hex(char.charCodeAt(at), 4)}`).join('');
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
