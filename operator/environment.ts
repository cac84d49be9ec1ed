import { readFileSync } from 'node:fs';
import { GovError, reason } from '../domain/errors.ts';
import { settingValues } from '../messages/processes.ts';
import { type Message, render } from '../messages/index.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads what a process is set to from its environment. An empty variable is as one that is not set. */
export class Environment {
  private readonly variables: Variables;

  constructor(variables: Variables) {
    this.variables = variables;
  }

  optional(name: string): string | undefined {
    return this.variables[name] || undefined;
  }

  /** @throws GovError E_SETTING_MISSING */
  text(name: string, fallback?: string): string {
    const value = this.optional(name) ?? fallback;
    if (value === undefined) throw new GovError(reason('E_SETTING_MISSING', { setting: name }));
    return value;
  }

  /** @throws GovError E_SETTING_INVALID */
  integer(name: string, fallback: number, minimum = 1): number {
    const value = this.optional(name) ?? String(fallback);
    if (!/^\d{1,15}$/.test(value) || Number(value) < minimum) {
      throw invalid(name, value, filled(settingValues.integer, { minimum }));
    }
    return Number(value);
  }

  /** @throws GovError E_SETTING_INVALID */
  port(name: string, fallback: number): number {
    const value = this.optional(name) ?? String(fallback);
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) throw invalid(name, value, settingValues.port);
    return Number(value);
  }

  /**
   * Undefined when it is not set. A password in it would stand in every error that names the address, and is no part of a
   * request anyway.
   * @throws GovError E_SETTING_INVALID
   */
  url(name: string): string | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const url = URL.parse(value);
    if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw invalid(name, value.replace(/\/\/.*@/s, '//***@'), settingValues.url);
    return value;
  }

  /** The bytes of the file that a variable names; undefined when it is not set. @throws GovError E_SETTING_FILE */
  file(name: string): Buffer | undefined {
    const file = this.optional(name);
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      throw unusable(name, file, (error as Error).message);
    }
  }
}

export function invalid(setting: string, value: string, expected: Message): GovError {
  return new GovError(reason('E_SETTING_INVALID', { setting, value, expected }));
}

export function unusable(setting: string, file: string, detail: string): GovError {
  return new GovError(reason('E_SETTING_FILE', { setting, file, detail }));
}

/** A message with its parameters filled in, in both languages. */
export function filled(message: Message, params: Readonly<Record<string, string | number>>): Message {
  return { zh: render(message, 'zh', params), en: render(message, 'en', params) };
}
