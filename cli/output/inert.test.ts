import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { HOSTILE } from '../../domain/testing/hostile.ts';
import { escapeUnseen, UNSEEN } from '../../domain/unseen.ts';
import { type Format, Printer } from './printer.ts';
import { Reader } from './reader.ts';
import { fields } from './table.ts';

/** Whatever somebody wrote: in every format, each character that does more than be seen does nothing. */

const ROOT = join(import.meta.dirname, '..');
let out = '';
afterEach(() => vi.restoreAllMocks());

async function printed(format: Format, print: (printer: Printer) => Promise<void> | void): Promise<string> {
  out = '';
  const take = (text: unknown) => {
    out += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  await print(new Printer(new Reader('zh', '2026-01-01T00:00:00Z'), format));
  vi.restoreAllMocks();
  return out;
}

const unseen = (text: string) => (text.match(UNSEEN) ?? []).filter((it) => it !== '\n');
const header = { zh: '列', en: 'column' };
const columns = [
  { header, value: (text: string) => text },
  { header, value: (text: string) => text, wide: true },
];
const object = (text: string) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: text, labels: { [text]: text } },
  spec: { list: [text, { text }] },
});
const machine = (format: Format) => (text: string) => printed(format, (it) => it.data(object(text)));

describe.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('%s', (_, text) => {
  test('is one line of a table, a page, a sentence, a name and a note', async () => {
    for (const format of ['table', 'wide'] as const) {
      const ways: ((it: Printer) => Promise<void> | void)[] = [
        (it) => it.list({ rows: [text, text], columns, none: header }),
        (it) => it.show(text, () => [text, 'x', 'y']),
        (it) => it.done({}, { zh: 'a {x}\nb\nc', en: '' }, { x: text }),
        (it) =>
          it.follow(
            [text],
            columns,
            (async function* () {
              yield text;
            })(),
          ),
      ];
      for (const [index, way] of ways.entries()) {
        const shown = await printed(format, way);
        expect(unseen(shown)).toEqual([]);
        expect(shown.split('\n')).toHaveLength(index === 2 ? 2 : 4);
      }
      const page = await printed(format, (it) => it.show(text, () => fields([['名称', `a${text}`]])));
      expect(unseen(page)).toEqual([]);
      expect(page).not.toMatch(/^批复/m);
    }
    expect(unseen(await printed('table', (it) => it.note(header, { x: text })))).toEqual([]);
    const name = await printed('name', (it) => it.data(object(text)));
    expect(unseen(name)).toEqual([]);
    expect(name.split('\n')).toHaveLength(2);
  });

  test('is the same value to a parser of JSON and YAML, and nothing more to a terminal', async () => {
    const json = await machine('json')(text);
    expect(unseen(json)).toEqual([]);
    expect(JSON.parse(json)).toEqual(object(text));
    const yaml = await machine('yaml')(text);
    expect(unseen(yaml)).toEqual([]);
    expect(loadAll(yaml, { schema: CORE_SCHEMA })).toEqual([object(text)]);
    expect(yaml).not.toMatch(/^批复/m);
  });

  test('is picked out without what is not seen', async () => {
    const shown = await machine('jsonpath={.metadata.name}')(text);
    expect(unseen(shown).filter((it) => it !== '\t')).toEqual([]);
  });

  test('is one line of a log', () => {
    let line = '';
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        line += String(chunk);
        done();
      },
    });
    pino({ hooks: { streamWrite: escapeUnseen } }, stream).info({ text }, text);
    expect(unseen(line)).toEqual([]);
    expect(line.split('\n')).toHaveLength(2);
    expect(JSON.parse(line)).toMatchObject({ text, msg: text });
  });
});

test('nothing else writes what somebody wrote', () => {
  const sources = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter(
    (it) => it.endsWith('.ts') && !it.endsWith('.test.ts'),
  );
  const writers = sources.filter((it) => readFileSync(join(ROOT, it), 'utf8').includes('process.stdout'));
  // The printer, faults and logs make it inert; the forms of a report and stamped files go out as they were made, each by
  // its own rules; the rest writes help, completion, an address and the local city's own words.
  expect(writers.sort()).toEqual(
    [
      'commands/__complete.ts',
      'commands/completion.ts',
      'commands/dashboard.ts',
      'commands/down.ts',
      'commands/logs.ts',
      'commands/up.ts',
      'editor.ts',
      'help.ts',
      'main.ts',
      'output/printer.ts',
      'report/write.ts',
    ].sort(),
  );
});
