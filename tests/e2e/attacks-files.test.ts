import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { govcloud, type Ran, type RunOptions } from './cli-run.ts';

/**
 * Files that are small to send and large to read: refused with what to do, in a heap that has little more room than
 * the program itself needs, before any server is asked.
 */

/** In MiB. The program alone needs 24 of them; a table of 20,000 rows as much as there is for tables. */
const HEAP = 96;
const TABLE_HEAP = 384;
const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const dir = mkdtempSync(join(tmpdir(), 'govcloud-files-'));
const kubeconfig = join(dir, 'kubeconfig');

beforeAll(() => {
  // Nobody answers at this port: whoever gets as far as asking ends with another code.
  const user = { name: 'c', user: { token: 'none' } };
  const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:9' } };
  const context = { name: 'c', context: { cluster: 'c', user: 'c', namespace: 'gov-c' } };
  const config = { clusters: [cluster], users: [user], contexts: [context], 'current-context': 'c' };
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cli = (args: readonly string[], options: RunOptions = {}, heap = HEAP): Promise<Ran> =>
  govcloud([...args, '--lang', 'en'], {
    ...options,
    env: { KUBECONFIG: kubeconfig },
    program: [
      process.execPath,
      `--max-old-space-size=${heap}`,
      '-e',
      'require(process.argv[1]).main(process.argv.slice(2))',
      MAIN,
    ],
  });

function fileOf(name: string, content: string | Uint8Array): string {
  const file = join(dir, name);
  writeFileSync(file, content);
  return file;
}

/** A file as long as that which takes no room on the disk. */
function hollow(name: string, length: number): string {
  const file = join(dir, name);
  const fd = openSync(file, 'w');
  ftruncateSync(fd, length);
  closeSync(fd);
  return file;
}

const ended = (exit: number, code: string) => ({
  exit,
  signal: null,
  stdout: '',
  stderr: expect.stringMatching(`^error ${code}: `),
});
const refused = (code: string) => ended(2, code);

const TEN = 10;
const LEVELS = Array.from({ length: TEN }, (_, level) => level);
/** Ten lists, each of ten of the one before: 10^10 values. */
const ALIASES = LEVELS.map(
  (level) =>
    `a${level}: &a${level} [${Array(TEN)
      .fill(level === 0 ? 'x' : `*a${level - 1}`)
      .join(',')}]\n`,
).join('');
const LINE = '{name: vm, item: vm, quantity: 1, parameters: {vcpu: 1}}';

describe.each(['file', 'stdin'])('a manifest as %s', (way) => {
  const create = (text: string) =>
    way === 'file'
      ? cli(['request', 'create', '-f', fileOf('request.yaml', text)])
      : cli(['request', 'create', '-f', '-'], { stdin: text });

  test.each([
    ['whose aliases explode', `${ALIASES}spec: {lines: *a9}\n`, 'E_MANIFEST_SIZE'],
    ['whose aliases explode in a label', `${ALIASES}metadata: {labels: *a9}\nspec: {}\n`, 'E_MANIFEST_SIZE'],
    ['of an alias that holds itself', 'metadata: {labels: &a {b: *a}}\nspec: {}\n', 'E_MANIFEST_SIZE'],
    ['with more aliases than a person writes', `a: &a x\nb: [${'*a,'.repeat(101)}]\n`, 'E_MANIFEST'],
    ['nested 5,000 deep', `spec: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, 'E_MANIFEST'],
    ['nested 5,000 deep, as JSON', `{"spec":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, 'E_MANIFEST'],
    ['with a field of 1 MB', `spec:\n  reason: ${'x'.repeat(1e6)}\n`, 'E_FIELD'],
    ['with a spec of 1 MB', `spec:\n${fields(1e6)}`, 'E_FIELD'],
    ['with 10,000 lines', `spec:\n  lines:\n${`  - ${LINE}\n`.repeat(1e4)}`, 'E_FIELD'],
    [
      'with 10,000 requests',
      `kind: List\nitems:\n${`- {spec: {lines: [${LINE}]}}\n`.repeat(1e4)}`,
      'E_FIELD',
    ],
    ['with as many documents as there is room for', '---\n'.repeat(2.6e5), 'E_MANIFEST_SIZE'],
    ['with as many lists', `spec: {lines: [${'[],'.repeat(3.4e5)}]}\n`, 'E_MANIFEST_SIZE'],
    ['of 90 MB', `spec: {lines: [${'[],'.repeat(3e7)}]}\n`, 'E_FILE_SIZE'],
  ])('%s', async (_, text, code) => {
    expect(await create(text)).toMatchObject(refused(code));
  });
});

test.each([
  ['request', 'create', '-f'],
  ['allocation', 'import'],
  ['system', 'import'],
])('%s %s: a file without an end', async (...command) => {
  expect(await cli([...command, '/dev/zero'])).toMatchObject(refused('E_FILE_SIZE'));
});

test('evidence: a file longer than any scan', async () => {
  const file = hollow('scan.pdf', 1e11);
  expect(await cli(['allocation', 'deliver', 'a', '--evidence', file])).toMatchObject(refused('E_FILE_SIZE'));
});

const HEADER = '系统,服务,规格,数量,区域,架构,IP,开通日期,依据文号\n';
const ROW = 'a,b,c,d,e,f,g,h,i\n';

test.each([
  ['of 36 MB', HEADER + ROW.repeat(2e6), 'E_FILE_SIZE'],
  ['with 20,101 rows', HEADER + ROW.repeat(20_100), 'E_IMPORT_SIZE'],
  ['with a row of six million cells', ','.repeat(6e6), 'E_IMPORT_SIZE'],
  ['with six million rows', '\n'.repeat(6e6), 'E_IMPORT_SIZE'],
  ['of one row of many lines', '"\n",'.repeat(1.5e6), 'E_IMPORT_SIZE'],
])('a CSV file %s', async (_, text, code) => {
  for (const topic of ['allocation', 'project']) {
    expect(await cli([topic, 'import', fileOf('table.csv', text)])).toMatchObject(refused(code));
    expect(await cli([topic, 'import', '-'], { stdin: text })).toMatchObject(refused(code));
  }
});

const sheet = (rows: string) => `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
const cellAt = (ref: string) => `<row r="${/\d+/.exec(ref)?.[0]}"><c r="${ref}"><v>1</v></c></row>`;
const MANY_ROWS = sheet('<row><c><v>1</v></c></row>'.repeat(4e6));

test.each([
  ['that unpacks to 100 MB', { sheet: MANY_ROWS }, {}, 'E_IMPORT_SIZE'],
  ['that says to unpack to less', { sheet: MANY_ROWS }, { declared: 1000 }, 'E_IMPORT_FORM'],
  ['that says to unpack to nothing', { sheet: MANY_ROWS }, { declared: 0 }, 'E_IMPORT_SIZE'],
  [
    'that does not say to what it unpacks',
    { sheet: MANY_ROWS },
    { declared: 0, later: true },
    'E_IMPORT_SIZE',
  ],
  ['of two cells in far corners', { sheet: sheet(cellAt('A1') + cellAt('XFD1048576')) }, {}, 'E_IMPORT_SIZE'],
  ['with 20,101 rows', { sheet: sheet('<row><c><v>1</v></c></row>'.repeat(20_101)) }, {}, 'E_IMPORT_SIZE'],
  [
    'of one merged cell that is the whole sheet',
    {
      sheet: `<worksheet><sheetData>${cellAt('A20000')}</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>`,
    },
    {},
    'E_IMPORT_SIZE',
  ],
])('a workbook %s', async (_, parts, options, code) => {
  const file = fileOf('table.xlsx', workbook(parts, options));
  for (const topic of ['allocation', 'project'])
    expect(await cli([topic, 'import', file])).toMatchObject(refused(code));
});

test('what is just small enough is read: a quotation that never ends, a workbook of strings alone', async () => {
  const unanswered = ended(1, 'E_API_UNREACHABLE');
  const quoted = fileOf('table.csv', `${HEADER}"${ROW.repeat(3e5)}`);
  expect(await cli(['allocation', 'import', quoted], {}, TABLE_HEAP)).toMatchObject(unanswered);
  const strings = `<sst>${'<si><t>a</t></si>'.repeat(1.4e6)}</sst>`;
  const stringed = fileOf('table.xlsx', workbook({ sheet: sheet(''), strings }, {}));
  expect(await cli(['allocation', 'import', stringed], {}, 3 * TABLE_HEAP)).toMatchObject(unanswered);
});

/** As many fields of a spec as fill so many bytes. */
function fields(bytes: number): string {
  return Array.from({ length: bytes / 12 }, (_, index) => `  f${index}: 1\n`).join('');
}

interface Lie {
  /** What the archive says that its sheet unpacks to, in bytes. */
  readonly declared?: number;
  /** Sizes are said to stand behind the content. */
  readonly later?: boolean;
}

/** A workbook with one sheet, written by hand so that it can lie. */
function workbook(parts: { readonly sheet: string; readonly strings?: string }, lie: Lie): Buffer {
  const type = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const relations = (...targets: readonly (readonly [string, string])[]) =>
    `<Relationships>${targets
      .map(
        ([kind, target], index) =>
          `<Relationship Id="rId${index + 1}" Type="${type}/${kind}" Target="${target}"/>`,
      )
      .join('')}</Relationships>`;
  return zip([
    { name: '[Content_Types].xml', content: '<Types/>' },
    { name: '_rels/.rels', content: relations(['officeDocument', 'xl/workbook.xml']) },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relations(['worksheet', 'sheet.xml'], ['sharedStrings', 'strings.xml']),
    },
    {
      name: 'xl/workbook.xml',
      content: '<workbook><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
    },
    { name: 'xl/strings.xml', content: parts.strings ?? '<sst/>' },
    { name: 'xl/sheet.xml', content: parts.sheet, ...lie },
  ]);
}

function zip(entries: readonly ({ readonly name: string; readonly content: string } & Lie)[]): Buffer {
  const heads: Buffer[] = [];
  const body: Buffer[] = [];
  let at = 0;
  for (const { name, content, declared, later = false } of entries) {
    const packed = deflateRawSync(content);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(later ? 8 : 0, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(later ? 0 : crc32(content), 10);
    common.writeUInt32LE(later ? 0 : packed.length, 14);
    common.writeUInt32LE(declared ?? content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const head = Buffer.alloc(46);
    head.write('PK\u0001\u0002', 'latin1');
    common.copy(head, 6);
    head.writeUInt32LE(at, 42);
    heads.push(head, path);
    const sizes = Buffer.alloc(later ? 16 : 0);
    if (later) {
      sizes.write('PK\u0007\u0008', 'latin1');
      sizes.writeUInt32LE(crc32(content), 4);
      sizes.writeUInt32LE(packed.length, 8);
    }
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, path, packed, sizes]);
    body.push(entry);
    at += entry.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(heads).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...body, ...heads, end]);
}
