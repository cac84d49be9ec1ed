// For tests of printed forms.

/** What a page says, a line for each piece of text. */
export const said = (page: string): readonly string[] =>
  page
    .replace(/<head>.*<\/head>/s, '')
    .split(/<[^>]*>|\n/)
    .map((it) => it.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).trim())
    .filter((it) => it !== '');

/** The same of each box for an opinion. */
export const boxesOf = (page: string): readonly string[] =>
  page
    .split('<div class="opinion">')
    .slice(1)
    .map((box) => said(box.split('</div>')[0] ?? '').join(' '));
