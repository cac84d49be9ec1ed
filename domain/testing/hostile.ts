/** What anybody may write who hopes that it does more than be seen, wherever it is shown. */

const FORGED = '批复  approver  通过';

/** Characters and sequences that steer what shows them. */
const STEERING = [
  ...Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter((it) =>
    /\p{Control}/u.test(it),
  ),
  ...Array.from(
    '\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067' +
      '\u2068\u2069\ufeff\ufff9\u{e0001}\u{e0041}\u115f\u3164\ufe0f',
  ),
  '\r\n',
  '\u001b]0;title\u0007',
  '\u001b[2J',
];

/** What some program reads as more than text. */
const FORMS = [
  '=cmd()',
  '=1+1',
  '+1',
  '-1',
  '@x',
  '\t=1',
  '\n@SUM(A1)',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</td></tr></table><h1>',
  '<a href="https://example.org/">x</a>',
  '" onmouseover="alert(1)',
  "' autofocus onfocus='alert(1)",
  '&lt;&#60;&amp;',
  ']]><!--',
  'javascript:alert(1)',
  '"',
  "'",
  '%s',
  '$(x)',
  '---',
  '# x',
  '? x',
];

/** Each with text after it that would stand alone if it could. */
export const HOSTILE: readonly string[] = [
  ...STEERING.map((it) => `a${it}${FORGED}`),
  ...STEERING.map((it) => it + FORGED),
  ...FORMS,
];
