/** Characters without a place of their own: marks that sit on others, joiners, controls. */
const NONE = /^[\p{Mark}\p{Control}\p{Format}\p{Default_Ignorable_Code_Point}]$/u;

/** Characters of two columns (UAX #11, wide and full-width): Han, kana, Hangul, full-width forms, pictographs. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/**
 * How many columns of a terminal a text takes. Text with colours must be measured before it is coloured. The package
 * string-width knows more of emoji sequences, and takes as long to load as the rest of a command.
 */
export function textWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    // Han and ASCII are nearly all there is; the tables are for the rest.
    if (code >= 0x4e00 && code <= 0x9fff) width += 2;
    else if (code >= 0x20 && code < 0x7f) width += 1;
    else if (!NONE.test(char)) width += WIDE.test(char) ? 2 : 1;
  }
  return width;
}
