import { boolean, custom, option, string } from '@oclif/core/flags';
import { formatQuantity, parseQuantity, type Resource, RESOURCES } from '../domain/quantity.ts';
import { accountOf } from './accounts.ts';
import { CliError } from './errors.ts';
import type { Format } from './output/printer.ts';

/** Flags that more than one command has; their help is in messages/cli-help.ts, by name. */

const LONG: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as kubectl takes it: `30s`, `1m30s`, or seconds; in ms. */
export function durationMs(text: string, flag: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new CliError('E_FLAG_DURATION', { flag, value: text });
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (LONG[unit ?? ''] ?? 0), 0);
}

export const FORMATS = ['table', 'wide', 'json', 'yaml', 'name', 'jsonpath='] as const;

/** Forms of a report. */
export const REPORT_FORMATS = [
  'table',
  'wide',
  'json',
  'yaml',
  'jsonpath=',
  'csv',
  'xlsx',
  'html',
  'pdf',
] as const;

export type ReportFormat = Exclude<Format, 'name'> | 'csv' | 'xlsx' | 'html' | 'pdf';

function formatOf<F extends string>(text: string, formats: readonly string[]): F {
  if (formats.includes(text) || text.startsWith('jsonpath=')) return text as F;
  throw new CliError('E_FLAG_OPTION', { flag: 'output', value: text, values: formats.join(', ') });
}

export const lang = string({ options: ['zh', 'en'] });

/** `-o`. */
export const output = custom<Format>({
  helpValue: 'FORMAT',
  char: 'o',
  default: 'table',
  parse: async (text) => formatOf<Format>(text, FORMATS),
})();

/** The same as `-o json`. */
export const json = boolean({ exclusive: ['output'] });

/** How the hub is reached, and in which language. */
const reachFlags = {
  context: string({}),
  kubeconfig: string({}),
  namespace: string({ char: 'n' }),
  as: string({}),
  'request-timeout': custom<number>({
    helpValue: 'DURATION',
    parse: async (text) => durationMs(text, 'request-timeout'),
  })(),
  lang,
};

/** Flags of every command that reaches the hub. */
export const hubFlags = { ...reachFlags, output };

/** Flags of commands that give a file. */
export const fileFlags = { ...reachFlags, out: string({ helpValue: 'FILE', char: 'o' }) };

/** Flags of printed forms. */
export const printFlags = {
  ...reachFlags,
  output: option({
    helpValue: 'FORMAT',
    char: 'o',
    options: ['html', 'pdf'] as const,
    default: 'html' as const,
  })(),
  out: string({ helpValue: 'FILE' }),
};

/** Flags of every report. */
export const reportFlags = {
  ...hubFlags,
  output: custom<ReportFormat>({
    helpValue: 'FORMAT',
    char: 'o',
    default: 'table',
    parse: async (text) => formatOf<ReportFormat>(text, REPORT_FORMATS),
  })(),
  'as-of': string({ helpValue: 'TIME' }),
  org: string({}),
  section: string({}),
  out: string({ helpValue: 'FILE' }),
  bom: boolean({}),
};

/** Flags of every list. */
export const listFlags = {
  ...hubFlags,
  'no-headers': boolean({}),
};

/** Flags of lists of objects that stand in organisations' namespaces. */
export const objectListFlags = {
  ...listFlags,
  'all-namespaces': boolean({ char: 'A' }),
  selector: string({ char: 'l' }),
  watch: boolean({ char: 'w' }),
};

/** Flags of lists of cluster-wide objects. */
export const clusterListFlags = {
  ...listFlags,
  selector: string({ char: 'l' }),
  watch: boolean({ char: 'w' }),
};

/** Which one of several switches is given. @throws CliError E_FLAG_ONE_OF unless exactly one is */
export function oneOf<F extends string>(names: readonly F[], flags: Readonly<Record<F, boolean>>): F {
  const [first, ...more] = names.filter((name) => flags[name]);
  if (first !== undefined && more.length === 0) return first;
  throw new CliError('E_FLAG_ONE_OF', { flags: names.map((name) => `--${name}`).join(' ') });
}

/** `--dry-run` of commands that only the server can try. */
export const serverDryRun = option({
  helpValue: 'MODE',
  options: ['none', 'server'] as const,
  default: 'none' as const,
})();

/** `--dry-run` of commands that our own code can work out too. */
export const anyDryRun = option({
  helpValue: 'MODE',
  options: ['none', 'client', 'server'] as const,
  default: 'none' as const,
})();

/** Flags of every import of an office’s file. */
export const importFlags = {
  ...hubFlags,
  result: string({ helpValue: 'FILE' }),
};

/** Flags that say who asks. */
export const applicantFlags = {
  'applicant-unit': string({}),
  'applicant-person': string({}),
  'applicant-phone': string({}),
  'applicant-reviewer': string({}),
  'applicant-account': string({}),
};

type ApplicantValues = { readonly [K in keyof typeof applicantFlags]?: string | undefined };

/** The applicant as far as flags say. */
export function applicantOf(flags: ApplicantValues): {
  unit?: string;
  person?: string;
  phone?: string;
  reviewer?: string;
  account?: string;
} {
  const given = (['unit', 'person', 'phone', 'reviewer', 'account'] as const).flatMap((part) => {
    const value = flags[`applicant-${part}`];
    return value === undefined ? [] : [[part, part === 'account' ? accountOf(value) : value]];
  });
  return Object.fromEntries(given);
}

/** A day as people of the city write it. @throws CliError E_FLAG_DATE */
function dayOf(text: string, flag: string): string {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const day = match ? `${match[1]}-${match[2]?.padStart(2, '0')}-${match[3]?.padStart(2, '0')}` : '';
  const time = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
    throw new CliError('E_FLAG_DATE', { flag, value: text });
  }
  return day;
}

export const optionalDate = (flag: string) =>
  custom<string>({ helpValue: 'DATE', parse: async (text) => dayOf(text, flag) })();

export const requiredDate = (flag: string) =>
  custom<string>({ helpValue: 'DATE', parse: async (text) => dayOf(text, flag) })({ required: true });

/** Which zone and architecture an account is of; all of them together where they are left out. */
export const placeFlags = {
  zone: string({}),
  arch: option({ options: ['amd64', 'arm64'] as const })(),
};

const amount = () => string({ helpValue: 'AMOUNT' });

/** An amount of each resource. */
export const amountFlags = { vcpu: amount(), memory: amount(), ssd: amount(), hdd: amount() };

/** The amounts that flags name. @throws CliError E_FLAG_AMOUNT */
export function amountsOf(flags: { readonly [R in Resource]?: string | undefined }): {
  [R in Resource]?: string;
} {
  return Object.fromEntries(
    RESOURCES.flatMap((it) => {
      const value = flags[it];
      return value === undefined ? [] : [[it, amountIn(it, value, it)]];
    }),
  );
}

/** Soft limits as `vcpu=80`; `vcpu=none` takes one away. @throws CliError E_FLAG_AMOUNT */
export function softOf(list: readonly string[]): { [R in Resource]?: string | null } {
  return Object.fromEntries(
    list.map((text) => {
      const [name = '', value = ''] = text.split('=');
      const resource = RESOURCES.find((it) => it === name);
      if (!resource) throw new CliError('E_FLAG_AMOUNT', { flag: 'soft', value: text });
      return [resource, value === 'none' ? null : amountIn(resource, value, 'soft')];
    }),
  );
}

function amountIn(resource: Resource, value: string, flag: string): string {
  try {
    return formatQuantity(resource, parseQuantity(resource, value));
  } catch {
    throw new CliError('E_FLAG_AMOUNT', { flag, value });
  }
}

/** Flags that say what is asked for. */
export const requestFlags = {
  system: string({}),
  project: string({}),
  zone: string({}),
  arch: option({ options: ['amd64', 'arm64'] as const })(),
  until: optionalDate('until'),
  reason: string({}),
  item: string({ helpValue: 'ITEM=QTY:NAME=VALUE,…', multiple: true }),
  'recovery-of': string({ multiple: true, multipleNonGreedy: true }),
  'apart-from': string({ multiple: true, multipleNonGreedy: true }),
  filename: string({
    helpValue: 'FILE',
    char: 'f',
    exclusive: ['system', 'project', 'zone', 'arch', 'until', 'reason', 'item', 'recovery-of', 'apart-from'],
  }),
  attach: string({ helpValue: 'FILE' }),
  ...applicantFlags,
};

/** Flags of requests that change an allocation. */
export const changeFlags = { reason: string({}), project: string({}), ...applicantFlags };
