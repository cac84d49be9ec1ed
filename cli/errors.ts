import type { Reason } from '../domain/errors.ts';
import type { KubeError } from '../kube/errors.ts';
import { cliErrors } from '../messages/cli.ts';
import { kubeMessages } from '../messages/kube.ts';
import { type Language, type Message, type MessageParams, render } from '../messages/index.ts';
import { pick } from './output/pick.ts';

/** What a process of ours ends with; documented in `govcloud --help` and the reference. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  refused: 3,
  quota: 4,
  conflict: 5,
  notFound: 6,
  timeout: 7,
} as const;

export type CliErrorCode = keyof typeof cliErrors;

const EXIT_OF: Readonly<Partial<Record<CliErrorCode, number>>> = {
  E_ACCOUNT_UNKNOWN: EXIT.notFound,
  E_NOT_FOUND: EXIT.notFound,
  E_PLACEMENT_NONE: EXIT.notFound,
  E_CREDENTIALS_ABSENT: EXIT.notFound,
  E_STATE_TIMEOUT: EXIT.timeout,
  E_CONFLICT: EXIT.conflict,
  E_REPORTS_ABSENT: EXIT.failure,
  E_CHROMIUM: EXIT.failure,
  E_CHROMIUM_FAILED: EXIT.failure,
  E_FILE_ACCESS: EXIT.failure,
  E_REQUEST_STATE: EXIT.refused,
  E_ALLOCATION_STATE: EXIT.refused,
  E_NOT_DELIVERED: EXIT.refused,
  E_RETAINED_UNTIL: EXIT.refused,
  E_REVIEW_CLOSED: EXIT.refused,
  E_IMPORT_REFUSED: EXIT.refused,
  E_NO_RETURN: EXIT.refused,
  E_REPAIR_UNPLANNED: EXIT.refused,
  E_QUOTA_NONE: EXIT.notFound,
  E_LOAN_PAST: EXIT.refused,
  E_LOAN_NAME: EXIT.refused,
  E_WAIT_ENDED: EXIT.refused,
  E_DECLINED: EXIT.refused,
};

/** An error of the person's that the CLI itself finds. One error can carry several faults, told all at once. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly faults: readonly { readonly code: CliErrorCode; readonly params: MessageParams }[];
  readonly suggestions: readonly string[];

  constructor(code: CliErrorCode, params: MessageParams = {}, suggestions: readonly string[] = []) {
    super(code);
    this.faults = [{ code, params }];
    this.suggestions = suggestions;
  }

  /** Several faults as one error; the first decides the exit code. */
  static all(faults: readonly { readonly code: CliErrorCode; readonly params: MessageParams }[]): CliError {
    const [first, ...others] = faults;
    if (!first) throw new RangeError('no fault');
    const error = new CliError(first.code, first.params);
    (error.faults as unknown as { code: CliErrorCode; params: MessageParams }[]).push(...others);
    return error;
  }
}

/** Refused by our own rules, before or without a server: every reason at once, in both languages. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly reasons: readonly {
    readonly code: string;
    readonly message: string;
    readonly where?: string | undefined;
  }[];

  /** Names that may have been meant. */
  readonly suggestions: readonly string[];

  constructor(reasons: RefusedError['reasons'], suggestions: readonly string[] = []) {
    super(reasons.map(({ code }) => code).join(', '));
    this.reasons = reasons;
    this.suggestions = suggestions;
  }
}

/** An error as it is told: to people in their language, to machines with stable codes. */
export interface Telling {
  readonly exit: number;
  readonly reasons: readonly {
    readonly code: string;
    readonly message: string;
    readonly where?: string | undefined;
  }[];
  readonly suggestions: readonly string[];
  /** For what should not happen: where it did. */
  readonly stack?: string | undefined;
}

/** Errors cross the border between bundled and plain modules, so their names tell them, not their classes. */
export async function tell(error: unknown, language: Language): Promise<Telling> {
  const { name } = error as Error;
  if (name === 'CliError') return tellCli(error as CliError, language);
  if (name === 'RefusedError') {
    const { reasons, suggestions } = error as RefusedError;
    const told = reasons.map((it) => ({ ...it, message: pick(it.message, language) }));
    return { exit: exitOfCodes(told.map(({ code }) => code)), reasons: told, suggestions };
  }
  if (name === 'GovError') {
    const { reasonText } = await import('../domain/errors.ts');
    const { reasons } = error as { reasons: readonly Reason[] } & Error;
    const told = reasons.map((it) => ({ code: it.code, message: reasonText(it, language), where: it.where }));
    return { exit: exitOfCodes(told.map(({ code }) => code)), reasons: told, suggestions: [] };
  }
  if (name === 'KubeError') return tellKube(error as KubeError, language);
  if (name === 'KubeClientError') {
    const { code, params } = error as Error & { code: keyof typeof kubeMessages; params: MessageParams };
    const message = render(kubeMessages[code], language, params);
    return { exit: exitOfClient(code), reasons: [{ code, message }], suggestions: [] };
  }
  if (name === 'AbortError') return { exit: 130, reasons: [], suggestions: [] };
  if (isParseError(error)) return tellParse(error, language);
  const { code: errno, path, syscall } = error as NodeJS.ErrnoException;
  if (errno !== undefined && path !== undefined && syscall !== undefined)
    return tellCli(new CliError('E_FILE_ACCESS', { path, detail: `${errno}, ${syscall}` }), language);
  const { message, stack } = error as Error;
  return { exit: EXIT.failure, reasons: [{ code: 'E_INTERNAL', message }], suggestions: [], stack };
}

function tellCli({ faults, suggestions }: CliError, language: Language): Telling {
  return {
    exit: EXIT_OF[(faults[0] as { code: CliErrorCode }).code] ?? EXIT.usage,
    reasons: faults.map(({ code, params }) => ({ code, message: render(cliErrors[code], language, params) })),
    suggestions,
  };
}

/** Refusals of admission start with their stable code: `... denied request: E_X: 中文 / English`. */
const ADMISSION = /\b(E_[A-Z0-9_]+): (.+)$/s;

/** Refusals that say: somebody else was faster, look again. */
const STALE = new Set([
  'E_TICKET_STALE',
  'E_REVISION_STALE',
  'E_DIGEST_STALE',
  'E_FINDING_STALE',
  'E_STEP_NOT_OPEN',
  'E_DECIDED_ALREADY',
  'E_CONFLICT',
  'E_CAPACITY_BUSY',
]);

function tellKube(error: KubeError, language: Language): Telling {
  const admission = ADMISSION.exec(error.message);
  if (admission?.[1] && admission[2]) {
    const code = admission[1];
    return {
      exit: STALE.has(code) ? EXIT.conflict : exitOfCodes([code]),
      reasons: [{ code, message: pick(admission[2].trim(), language) }],
      suggestions: [],
    };
  }
  const message = render(kubeMessages[error.code], language, { message: error.message });
  return { exit: exitOfStatus(error), reasons: [{ code: error.code, message }], suggestions: [] };
}

function exitOfStatus({ status, reason }: KubeError): number {
  switch (status) {
    case 400:
    case 401:
    case 403:
    case 422:
      return EXIT.refused;
    case 404:
      return EXIT.notFound;
    case 409:
    case 410:
      return EXIT.conflict;
    case 408:
    case 504:
      return EXIT.timeout;
    default:
      return reason === 'Timeout' ? EXIT.timeout : EXIT.failure;
  }
}

function exitOfClient(code: string): number {
  if (code === 'E_API_TIMEOUT' || code === 'E_WAIT_TIMEOUT') return EXIT.timeout;
  return /^E_(KUBECONFIG|CONTEXT|MANIFEST)_/.test(code) ? EXIT.usage : EXIT.failure;
}

/** The exit code of a refusal with these reasons. */
export function exitOfReasons(reasons: readonly { readonly code: string }[]): number {
  return exitOfCodes(reasons.map(({ code }) => code));
}

/** Any quota among the reasons makes it a matter of quota; what names nothing that exists is not found. */
function exitOfCodes(codes: readonly string[]): number {
  if (codes.some((code) => code.startsWith('E_QUOTA_'))) return EXIT.quota;
  if (codes.length > 0 && codes.every((code) => code.endsWith('_UNKNOWN'))) return EXIT.notFound;
  return codes.some((code) => STALE.has(code)) ? EXIT.conflict : EXIT.refused;
}

interface ParseError extends Error {
  readonly args?: readonly { readonly name: string }[] | readonly string[];
  readonly flags?: readonly string[];
  readonly oclif?: { readonly exit?: number };
}

function isParseError(error: unknown): error is ParseError {
  return typeof error === 'object' && error !== null && 'oclif' in error;
}

/** The parser's own sentences are English; these are the forms that they have, and ours. */
const PARSER: readonly (readonly [RegExp, CliErrorCode, readonly string[]])[] = [
  [/^Flag --([\w-]+) expects one of these values: (.+)/, 'E_FLAG_VALUES', ['flag', 'values']],
  [/^Expected --([\w-]+)=(.*) to be one of: (.+)/, 'E_FLAG_OPTION', ['flag', 'value', 'values']],
  [/^Flag --([\w-]+) expects a value/, 'E_FLAG_VALUE', ['flag']],
  [/^Flag --([\w-]+) can only be specified once/, 'E_FLAG_ONCE', ['flag']],
  [/Expected an integer[^:]* but received: (.*)/, 'E_FLAG_INTEGER', ['value']],
  [/^Expected (.*) to be one of: (.+)/, 'E_ARG_OPTION', ['value', 'values']],
  [/--([\w-]+)=.* cannot also be provided when using --([\w-]+)/, 'E_FLAGS_EXCLUSIVE', ['flag', 'other']],
];

function tellParse(error: ParseError, language: Language): Telling {
  const said = (code: CliErrorCode, params: MessageParams): Telling => ({
    exit: EXIT.usage,
    reasons: [{ code, message: render(cliErrors[code] as Message, language, params) }],
    suggestions: [],
  });
  const kind = error.constructor.name;
  if (kind === 'NonExistentFlagsError')
    return said('E_FLAG_UNKNOWN', { flags: [...new Set(error.flags)].join(', ') });
  if (kind === 'RequiredArgsError') {
    const names = (error.args as readonly { name: string }[]).map(({ name }) => name.toUpperCase());
    return said('E_ARGS_MISSING', { args: names.join(' ') });
  }
  if (kind === 'UnexpectedArgsError') {
    return said('E_ARGS_UNEXPECTED', { args: (error.args as readonly string[]).join(' ') });
  }
  const text = error.message.replace(/^Parsing --\S+ \n\t/, '').replace(/\nSee more help with --help/g, '');
  const missing = [...text.matchAll(/Missing required flag ([\w-]+)/g)].map(([, flag = '']) => flag);
  if (missing.length > 0) {
    const reasons = missing.map((flag) => said('E_FLAG_REQUIRED', { flag }).reasons).flat();
    return { exit: EXIT.usage, reasons, suggestions: [] };
  }
  for (const [form, code, names] of PARSER) {
    const match = form.exec(text);
    if (match)
      return said(code, Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ''])));
  }
  return said('E_USAGE', { detail: text.replace(/\s+/g, ' ').trim() });
}
