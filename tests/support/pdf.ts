import { inflateSync } from 'node:zlib';

/** A page of a PDF: its size in points, and its texts as lines from top to bottom, each from left to right. */
export interface PdfPage {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
}

interface PdfObject {
  readonly dict: string;
  readonly stream: Buffer;
}

/** A piece of text, in the page's points from its upper left corner. */
interface Piece {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Texts whose baselines are no further apart stand on one line, in points. */
const LINE = 2;

/** Reads a PDF as Chromium prints it: plain objects, compressed streams, fonts that tell what their glyphs mean. */
export function readPdf(file: Buffer): readonly PdfPage[] {
  const objects = objectsOf(file);
  const fonts = new Map<string, (codes: Buffer) => string>();
  const fontOf = (id: string) => {
    const known = fonts.get(id);
    if (known) return known;
    const dict = objects.get(id)?.dict ?? '';
    const meanings = objects.get(/\/ToUnicode (\d+) /.exec(dict)?.[1] ?? '');
    const decode = decoderOf(meanings?.stream.toString('latin1') ?? '', dict.includes('/Type0') ? 2 : 1);
    fonts.set(id, decode);
    return decode;
  };
  return [...objects.values()]
    .filter(({ dict }) => /\/Type \/Page\b/.test(dict))
    .map(({ dict }) => {
      const [width = 0, height = 0] = (/\/MediaBox \[0 0 ([^\]]+)\]/.exec(dict)?.[1] ?? '')
        .split(' ')
        .map(Number);
      const content = objects.get(/\/Contents (\d+) /.exec(dict)?.[1] ?? '')?.stream ?? Buffer.alloc(0);
      const ids = new Map(
        [...dict.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', id = '']) => [name, id]),
      );
      const pieces = piecesOf(content.toString('latin1'), height, (name) => fontOf(ids.get(name) ?? ''));
      return { width, height, lines: linesOf(pieces) };
    });
}

function objectsOf(file: Buffer): ReadonlyMap<string, PdfObject> {
  const text = file.toString('latin1');
  const objects = new Map<string, PdfObject>();
  const head = /(\d+) 0 obj\n([\s\S]*?)(endobj|stream\r?\n)/y;
  const next = /\d+ 0 obj\n/g;
  for (let found = next.exec(text); found; found = next.exec(text)) {
    head.lastIndex = found.index;
    const [whole = '', id = '', dict = '', end] = head.exec(text) ?? [];
    const from = found.index + whole.length;
    const length = end === 'endobj' ? 0 : Number(/\/Length (\d+)/.exec(dict)?.[1]);
    const raw = file.subarray(from, from + length);
    const isText =
      dict.includes('/FlateDecode') && !dict.includes('/Subtype /Image') && !/\/Length1/.test(dict);
    objects.set(id, { dict, stream: isText ? inflateSync(raw) : raw });
    next.lastIndex = from + length;
  }
  return objects;
}

/** What glyphs mean, by a font's ToUnicode map. @param size bytes of a glyph's code */
function decoderOf(map: string, size: number): (codes: Buffer) => string {
  const meanings = new Map<number, string>();
  const textOf = (hex: string) => Buffer.from(hex, 'hex').swap16().toString('utf16le');
  for (const [, block = ''] of map.matchAll(/beginbfchar\n([\s\S]*?)endbfchar/g)) {
    for (const [, code = '', meaning = ''] of block.matchAll(/<(\w+)> <(\w+)>/g))
      meanings.set(Number.parseInt(code, 16), textOf(meaning));
  }
  for (const [, block = ''] of map.matchAll(/beginbfrange\n([\s\S]*?)endbfrange/g)) {
    for (const [, first = '', last = '', meaning = ''] of block.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
      const from = Number.parseInt(first, 16);
      for (let code = from; code <= Number.parseInt(last, 16); code += 1)
        meanings.set(code, String.fromCodePoint(Number.parseInt(meaning, 16) + code - from));
    }
  }
  return (codes) => {
    let text = '';
    for (let at = 0; at + size <= codes.length; at += size)
      text += meanings.get(codes.readUIntBE(at, size)) ?? '';
    return text;
  };
}

type Matrix = readonly [number, number, number, number, number, number];

const times = (a: Matrix, b: Matrix): Matrix => [
  a[0] * b[0] + a[1] * b[2],
  a[0] * b[1] + a[1] * b[3],
  a[2] * b[0] + a[3] * b[2],
  a[2] * b[1] + a[3] * b[3],
  a[4] * b[0] + a[5] * b[2] + b[4],
  a[4] * b[1] + a[5] * b[3] + b[5],
];

/** What of a page's content places and shows text; the rest draws. */
function piecesOf(
  content: string,
  height: number,
  fontOf: (name: string) => (codes: Buffer) => string,
): readonly Piece[] {
  const pieces: Piece[] = [];
  const saved: Matrix[] = [];
  let graphics: Matrix = [1, 0, 0, 1, 0, 0];
  let line: Matrix = graphics;
  let decode = (_: Buffer) => '';
  let operands: string[] = [];
  for (const [token] of content.matchAll(/<[0-9A-Fa-f]*>|\((?:\\[\s\S]|[^\\)])*\)|[^\s<>()[\]]+/g)) {
    const numbers = () => operands.slice(-6).map(Number) as unknown as Matrix;
    switch (token) {
      case 'q':
        saved.push(graphics);
        break;
      case 'Q':
        graphics = saved.pop() ?? graphics;
        break;
      case 'cm':
        graphics = times(numbers(), graphics);
        break;
      case 'Tf':
        decode = fontOf(operands[0]?.slice(1) ?? '');
        break;
      case 'Tm':
        line = numbers();
        break;
      case 'Td':
        line = times([1, 0, 0, 1, Number(operands[0]), Number(operands[1])], line);
        break;
      case 'Tj': {
        const [, , , , x, y] = times(line, graphics);
        pieces.push({ x, y: height - y, text: decode(codesOf(operands[0] ?? '')) });
        break;
      }
      default:
        if (/^[-+.\d<(/]/.test(token)) {
          operands.push(token);
          continue;
        }
    }
    operands = [];
  }
  return pieces;
}

/** The bytes of a string, hexadecimal or literal. */
function codesOf(token: string): Buffer {
  if (token.startsWith('<')) return Buffer.from(token.slice(1, -1), 'hex');
  const names: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
  const text = token
    .slice(1, -1)
    .replaceAll(/\\(\d{1,3}|[\s\S])/g, (_, it: string) =>
      /^\d/.test(it) ? String.fromCodePoint(Number.parseInt(it, 8)) : (names[it] ?? it),
    );
  return Buffer.from(text, 'latin1');
}

function linesOf(pieces: readonly Piece[]): readonly string[] {
  const lines: Piece[][] = [];
  for (const piece of pieces.toSorted((a, b) => a.y - b.y)) {
    const line = lines.at(-1);
    if (line?.[0] && piece.y - line[0].y < LINE) line.push(piece);
    else lines.push([piece]);
  }
  return lines.map((line) =>
    line
      .toSorted((a, b) => a.x - b.x)
      .map(({ text }) => text)
      .join('')
      .trim(),
  );
}
