import type { Sheet } from '../../domain/office/sheet.ts';
import type { Problem } from '../../domain/office/row.ts';
import type { TableReading } from '../../domain/office/table.ts';
import { KubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { errorMessages } from '../../messages/errors.ts';
import { type Message, type MessageParams, render } from '../../messages/index.ts';
import { importResults } from '../../messages/office.ts';
import { CliError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { KindRef } from '../hub/kinds.ts';
import { mapLimited } from '../hub/limited.ts';
import { type OfficeFile, readSheet } from './sheet.ts';

/** What is wrong with a row. */
export interface RowProblem {
  readonly code: string;
  readonly message: Message;
  readonly where: string;
  readonly row: number;
}

/** What became of a row that was not refused. */
export interface RowResult {
  readonly message: Message;
  readonly params?: MessageParams;
}

/** A file that was read, and what became of each of its rows. */
export interface ImportOutcome<T> {
  readonly file: OfficeFile;
  readonly reading: Pick<TableReading<unknown>, 'layout' | 'skipped' | 'unread' | 'classified'>;
  /** Objects that its rows stand in. */
  readonly items: readonly T[];
  readonly results: ReadonlyMap<number, RowResult>;
  readonly problems: readonly RowProblem[];
}

/**
 * Reads a file as a kind of table. No server is asked for a file that is none.
 * @param reader brings what its cells may name
 * @throws CliError E_IMPORT_FORM, E_IMPORT_SIZE, E_IMPORT_ENCODING, E_IMPORT_EMPTY
 */
export async function readOffice<T>(
  file: string,
  content: Buffer,
  reader: () => Promise<(sheet: Sheet) => TableReading<T>>,
): Promise<{ readonly file: OfficeFile; readonly reading: TableReading<T> }> {
  const office = await readSheet(file, content);
  const read = await reader();
  const reading = read(office.sheet);
  if (reading.good.length === 0 && reading.problems.length === 0)
    throw new CliError('E_IMPORT_EMPTY', { file });
  return { file: office, reading };
}

export function problemText({ code, params, where, row }: Problem): RowProblem {
  const of = errorMessages[code];
  return { code, message: { zh: render(of, 'zh', params), en: render(of, 'en', params) }, where, row };
}

/**
 * Puts the objects of a file’s rows where they belong: new ones are created, changed ones updated, others left alone. What
 * the hub refuses is the row’s problem alone.
 * @param updated what becomes of a spec that is there
 */
export async function register<T extends KubeObject & { readonly spec: unknown }>(
  hub: Hub,
  kind: KindRef,
  { good, columns }: TableReading<T>,
  updated: (spec: T['spec'], current: T['spec'], columns: ReadonlySet<string>) => T['spec'],
  dryRun: boolean,
): Promise<Pick<ImportOutcome<Stored<T>>, 'items' | 'results' | 'problems'>> {
  const { sameJson } = await import('../../domain/same.ts');
  const placeOf = ({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`;
  const current = new Map((await hub.in(undefined).list<T>(kind)).map((it) => [placeOf(it), it]));
  const results = new Map<number, RowResult>();
  const items: Stored<T>[] = [];
  const problems: RowProblem[] = [];
  const put = async (value: T) => {
    const there = current.get(placeOf(value));
    if (!there)
      return { object: await hub.client.create<T>(kind, value, { dryRun }), what: 'created' } as const;
    const spec = updated(value.spec, there.spec, columns);
    if (sameJson(there.spec, spec)) return { object: there, what: 'same' } as const;
    return {
      object: await hub.client.update(kind, { ...there, spec }, { dryRun }),
      what: 'changed',
    } as const;
  };
  const done = await mapLimited(good, async ({ row, value }) => {
    try {
      return { row, ...(await put(value)) };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // The server's sentence may repeat what it was sent, but never a title: admission sees to that.
      return { row, error };
    }
  });
  for (const it of done) {
    if (it.error) {
      const { code, message } = it.error;
      problems.push({ code, message: { zh: message, en: message }, where: String(it.row), row: it.row });
    } else {
      items.push(it.object);
      const tried = dryRun && it.what !== 'same';
      results.set(it.row, { message: tried ? importResults.tried : importResults[it.what] });
    }
  }
  return { items, results, problems };
}

/** How many rows came to a result. */
export function countOf(results: ReadonlyMap<number, RowResult>, message: Message): number {
  return [...results.values()].filter((it) => it.message === message).length;
}
