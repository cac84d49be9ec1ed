import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarLayout } from 'js-yaml';
import { escapeUnseen, UNSEEN } from '../../domain/unseen.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Message, MessageParams } from '../../messages/index.ts';
import { CliError } from '../errors.ts';
import { jsonpath } from './jsonpath.ts';
import { Reader } from './reader.ts';
import { type Column, oneLine, table } from './table.ts';

export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'name' | `jsonpath=${string}`;

/** What a list shows: machines get the raw data, people the table. */
export interface Listing<T> {
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  /** Objects for machines and for `-o name`; the rows themselves unless given. */
  readonly data?: unknown;
  /** Said on stderr when there is nothing. */
  readonly none: Message;
}

/** Writes results to stdout in the format asked for, and notes to stderr. */
export class Printer {
  readonly reader: Reader;
  readonly format: Format;
  readonly headers: boolean;

  constructor(reader: Reader, format: Format, headers = true) {
    this.reader = reader;
    this.format = format;
    this.headers = headers;
  }

  get forPeople(): boolean {
    return this.format === 'table' || this.format === 'wide';
  }

  async list<T>(listing: Listing<T>): Promise<void> {
    const { rows, columns, none } = listing;
    if (!this.forPeople) {
      await this.data(listing.data ?? { apiVersion: 'v1', kind: 'List', metadata: {}, items: rows });
      return;
    }
    if (rows.length === 0) {
      this.note(none);
      return;
    }
    this.lines(
      table(columns, rows, this.reader, { wide: this.format === 'wide', headers: this.headers }).lines,
    );
  }

  /** What is there now and then every change, one line or one document each, until the program is stopped. */
  async follow<T>(
    rows: readonly T[],
    columns: readonly Column<T>[],
    changes: AsyncIterable<T>,
  ): Promise<void> {
    const wide = this.format === 'wide';
    let widths: readonly number[] = [];
    const print = async (next: readonly T[], headers: boolean) => {
      if (!this.forPeople) {
        for (const row of next) await this.data(row, true);
        return;
      }
      // Ages are those of the moment at which a line is printed.
      const reader = new Reader(this.reader.language, new Date().toISOString());
      const printed = table(columns, next, reader, { wide, headers, widths });
      widths = printed.widths;
      this.lines(printed.lines);
    };
    await print(rows, this.headers);
    for await (const row of changes) await print([row], false);
  }

  /** One thing: raw for machines, as a page for people. */
  async show<T>(
    thing: T,
    page: (thing: T, reader: Reader) => readonly string[],
    data: unknown = thing,
  ): Promise<void> {
    if (this.forPeople) this.lines(page(thing, this.reader));
    else await this.data(data);
  }

  /** What a write has done: the object for machines, a sentence for people. */
  async done(object: unknown, message: Message, params: MessageParams = {}): Promise<void> {
    if (this.forPeople) this.lines([this.reader.text(message, params)]);
    else await this.data(object);
  }

  /** Whatever stands in them, each is one line and steers no terminal. */
  lines(lines: readonly string[]): void {
    for (const line of lines) process.stdout.write(`${oneLine(line)}\n`);
  }

  /** For the person alone: never mixed with data. */
  note(message: Message, params: MessageParams = {}): void {
    process.stderr.write(`${oneLine(this.reader.text(message, params))}\n`);
  }

  /** @param one of several documents: JSON of one line each, YAML with separators */
  async data(raw: unknown, one = false): Promise<void> {
    const value = withoutManagedFields(raw);
    if (this.format === 'name') {
      this.lines(namesOf(value));
    } else if (this.format === 'yaml') {
      process.stdout.write((one ? '---\n' : '') + inertYaml(value));
    } else if (this.format.startsWith('jsonpath=')) {
      const picked = jsonpath(this.format.slice('jsonpath='.length), value);
      process.stdout.write(`${picked.replace(UNSEEN, (it) => (/[\t\n]/.test(it) ? it : ''))}\n`);
    } else {
      process.stdout.write(`${escapeUnseen(JSON.stringify(value, undefined, one ? undefined : 2))}\n`);
    }
  }
}

/** Block styles would show as they are the characters that only double quotes can escape. */
function inertYaml(value: unknown): string {
  const quoted = (layout: ScalarLayout) => {
    if (layout.node.value.replaceAll('\n', '').search(UNSEEN) >= 0) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
  };
  const scalarStyleRules = [quoted, ...Object.values(DEFAULT_SCALAR_STYLE_RULES)];
  return escapeUnseen(dump(value, { noRefs: true, lineWidth: -1, scalarStyleRules }), 'yaml');
}

/** As kubectl does: who manages which field is for machines that ask the API server. */
function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutManagedFields);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key === 'managedFields' ? [] : [[key, withoutManagedFields(member)]],
    ),
  );
}

/**
 * Objects by kind and name, as kubectl writes and takes them: `resourcerequest.govcloud.dev/req-x`.
 * @throws CliError E_OUTPUT_NAME for what is no object
 */
function namesOf(value: unknown): string[] {
  const { items } = value as { items?: readonly KubeObject[] };
  return (items ?? [value as Partial<KubeObject>]).map(({ apiVersion = '', kind = '', metadata }) => {
    if (kind === '' || !metadata?.name) throw new CliError('E_OUTPUT_NAME');
    const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
    return `${kind.toLowerCase()}${group}/${metadata.name}`;
  });
}
