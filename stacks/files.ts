import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { z } from 'zod';
import { GovError, reason } from '../domain/errors.ts';
import type { Message } from '../messages/index.ts';

/** The files of a city's folder, and what is said when one of them is wrong. */

/** A document of a file, before it is known to be an object. */
export interface Document {
  readonly file: string;
  /** Which one of the file, from 1. */
  readonly number: number;
  readonly content: unknown;
}

export function documentsOf(path: string): Document[] {
  return yamlFiles(path).flatMap((file) =>
    documents(file).map((content, index) => ({ file, number: index + 1, content })),
  );
}

/** What is wrong in a city's folder, and where. */
export function cityFault(file: string, place: string, problem: Message | string): GovError {
  return new GovError(reason('E_CITY_DATA', { file, place, problem }, `${file}: ${place}`));
}

/** Why a value does not fit a schema, field by field, in both languages; undefined if it fits. */
export function problemOf(schema: z.ZodType, value: unknown): Message | undefined {
  const told = (locale: 'zhCN' | 'en') => {
    const { error } = schema.safeParse(value, { error: z.locales[locale]().localeError });
    return error?.issues
      .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
      .join('; ');
  };
  const en = told('en');
  return en === undefined ? undefined : { zh: told('zhCN') ?? en, en };
}

export function parsed<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  let content: unknown;
  try {
    content = load(readFileSync(file, 'utf8'));
  } catch (error) {
    throw cityFault(file, '-', (error as Error).message);
  }
  const problem = problemOf(schema, content);
  if (problem) throw cityFault(file, '-', problem);
  return schema.parse(content);
}

function documents(file: string): unknown[] {
  try {
    return loadAll(readFileSync(file, 'utf8'));
  } catch (error) {
    throw cityFault(file, '-', (error as Error).message);
  }
}

/** A YAML file, or the YAML files of a folder in the order of their names. */
export function yamlFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith('.yaml'))
      .toSorted()
      .map((name) => join(path, name));
  } catch (error) {
    throw cityFault(path, '-', (error as Error).message);
  }
}
