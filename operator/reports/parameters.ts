import { REPORT_PARAMETERS, type ReportName } from '../../api/reports/index.ts';
import type { HoldStateName } from '../../books/database.ts';
import type { Checkpoint } from '../../domain/audit/chain.ts';
import { cityDay, dayAfter, endOfDay, startOfDay } from '../../domain/calendar.ts';
import type { MessageParams } from '../../messages/index.ts';
import { holdStates } from '../../messages/books.ts';
import { reportValues } from '../../messages/reports.ts';
import { Refusal } from './refusal.ts';

const DEFAULT_LIMIT = 500;
const DEFAULT_PERIOD_DAYS = 30;
/** More than this is never read at once, whatever was asked for. */
const MAX_LIMIT = 5_000;

/** What clients of any Kubernetes API send along. Those that would change the answer are read or refused below. */
const COMMON = [
  'limit',
  'continue',
  'fieldSelector',
  'labelSelector',
  'includeObject',
  'watch',
  'resourceVersion',
  'resourceVersionMatch',
  'allowWatchBookmarks',
  'sendInitialEvents',
  'timeout',
  'timeoutSeconds',
  'pretty',
];

/**
 * The parameters of one request. A name that its resource does not know is refused: a misspelt `asOf` would else
 * give today's figures for last year's.
 */
export class Parameters {
  private readonly values: URLSearchParams;

  constructor(resource: ReportName, values: URLSearchParams) {
    this.values = values;
    this.only(resource, REPORT_PARAMETERS[resource]);
    if (['true', '1'].includes(this.text('watch') ?? '')) throw new Refusal('E_REPORT_WATCH');
    const labels = this.text('labelSelector');
    if (labels !== undefined) throw invalid('labelSelector', labels, 'noSelector');
  }

  /** @throws Refusal E_REPORT_PARAMETER for a parameter that says nothing to what is asked for */
  only(resource: string, known: readonly string[]): void {
    for (const parameter of this.values.keys()) {
      if (known.includes(parameter) || COMMON.includes(parameter)) continue;
      throw new Refusal('E_REPORT_PARAMETER', { resource, parameter, known: known.join(', ') || '-' });
    }
  }

  text(name: string): string | undefined {
    return this.values.get(name) || undefined;
  }

  /** The one name that `fieldSelector` selects. RBAC may have allowed the request for that name alone. */
  get selectedName(): string | undefined {
    const value = this.text('fieldSelector');
    if (value === undefined) return undefined;
    const name = /^metadata\.name==?([^=,!]+)$/.exec(value)?.[1];
    if (name === undefined) throw invalid('fieldSelector', value, 'nameSelector');
    return name;
  }

  get includeObject(): 'None' | 'Metadata' | 'Object' {
    const value = this.text('includeObject') ?? 'Metadata';
    if (value !== 'None' && value !== 'Metadata' && value !== 'Object') {
      throw invalid('includeObject', value, 'includeObject');
    }
    return value;
  }

  /** How many items a page may have. */
  get limit(): number {
    const value = this.text('limit') ?? '0';
    if (!/^\d{1,15}$/.test(value)) throw invalid('limit', value, 'limit');
    return Math.min(Number(value) || DEFAULT_LIMIT, MAX_LIMIT);
  }

  /** The number that the page before ended with. */
  get continueAfter(): string | undefined {
    const value = this.text('continue');
    if (value !== undefined && !isNumber(value)) throw invalid('continue', value, 'continue');
    return value;
  }

  /** Whether the newest is asked for first. */
  get newestFirst(): boolean {
    const value = this.text('order');
    if (value !== undefined && value !== 'newest') throw invalid('order', value, 'order');
    return value === 'newest';
  }

  get states(): readonly HoldStateName[] | undefined {
    const values = this.values.getAll('state');
    const states = Object.keys(holdStates).join(', ');
    for (const value of values) {
      if (!Object.hasOwn(holdStates, value)) throw invalid('state', value, 'state', { states });
    }
    return values.length === 0 ? undefined : (values as HoldStateName[]);
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.values.getAll('checkpoint').map((value) => {
      const [, seq, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(value) ?? [];
      if (seq === undefined || hash === undefined) throw invalid('checkpoint', value, 'checkpoint');
      return { seq: BigInt(seq), hash };
    });
  }

  /**
   * A time in the past: a moment, or the last one of a day in the city; of today, now.
   * @param now the books' time
   */
  pastMoment(name: string, now: Date): Date | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const moment = momentOf(name, value);
    if (moment.time <= now) return moment.time;
    if (moment.day === cityDay(now.toISOString())) return now;
    throw new Refusal('E_REPORT_FUTURE', { value, now: now.toISOString() });
  }

  /**
   * A period of whole days, both counted: of those that are over, the last thirty unless told otherwise.
   * @param now the books' time
   */
  period(now: Date): { readonly from: string; readonly until: string } {
    const yesterday = dayAfter(cityDay(now.toISOString()), -1);
    const day = (name: string) => {
      const value = this.text(name);
      return value === undefined ? undefined : cityDay(momentOf(name, value).time.toISOString());
    };
    const given = day('until') ?? yesterday;
    const until = given < yesterday ? given : yesterday;
    const from = day('from') ?? dayAfter(until, 1 - DEFAULT_PERIOD_DAYS);
    if (from > until) throw new Refusal('E_REPORT_PERIOD', { from, until, last: yesterday });
    return { from, until };
  }

  /** The moment from which on something counts: of a day, its first. */
  from(name: string): Date | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const { time, day } = momentOf(name, value);
    return day === undefined ? time : startOfDay(day);
  }

  /** The moment before which something counts: of a day, the first of the next, so that the day itself counts. */
  until(name: string): Date | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const { time, day } = momentOf(name, value);
    return day === undefined ? time : new Date(time.getTime() + 1);
  }
}

/** Whether a text is a number that the books may have given to a row. */
export function isNumber(text: string): boolean {
  return /^(0|[1-9]\d{0,17})$/.test(text);
}

export function invalid(
  parameter: string,
  value: string,
  expected: keyof typeof reportValues,
  params: MessageParams = {},
): Refusal {
  return new Refusal('E_REPORT_VALUE', { parameter, value, expected: reportValues[expected], ...params });
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

function momentOf(name: string, value: string): { readonly time: Date; readonly day?: string } {
  // An unescaped `+` of an offset arrives as a space.
  const text = value.replace(' ', '+');
  try {
    if (DATE.test(text)) {
      const day = Temporal.PlainDate.from(text).toString();
      return { day, time: endOfDay(day) };
    }
    if (TIME.test(text)) return { time: new Date(Temporal.Instant.from(text).epochMilliseconds) };
  } catch (error) {
    // Well-formed, but no day of the calendar.
    if (!(error instanceof RangeError)) throw error;
  }
  throw invalid(name, value, 'time');
}
