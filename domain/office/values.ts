import { answers, type OfficeErrorCode } from '../../messages/office.ts';
import type { Message, MessageParams } from '../../messages/index.ts';
import { type DateSystem, normal } from './sheet.ts';
import {
  ANY_WORDS,
  COUNT_UNITS,
  CORE_UNITS,
  MONEY_UNITS,
  NO_DEADLINE_WORDS,
  NO_GRADE_WORDS,
  NO_WORDS,
  SIZE_UNITS,
  XINCHUANG_WORDS,
  YES_WORDS,
} from './vocabulary.ts';

/**
 * Cells as people write them, read exactly or refused: no amount is rounded, no day is guessed. Each reader takes a
 * cell’s text and gives its value, or the code of what is wrong with it.
 */

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: OfficeErrorCode; readonly params: MessageParams };

export const read = <T>(value: T): Read<T> => ({ ok: true, value });
export const wrong = (code: OfficeErrorCode, params: MessageParams = {}): Read<never> => ({
  ok: false,
  code,
  params,
});

/** An exact decimal number and what stands behind it. */
interface Decimal {
  /** The number times 10^places. */
  readonly digits: bigint;
  readonly places: number;
  readonly rest: string;
}

/** No amount of a city has more digits; longer ones are slips of the keyboard. */
const MOST_DIGITS = 18;

function decimalOf(text: string): Decimal | undefined {
  const match = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(.*)$/s.exec(text);
  const [, whole = '', fraction = '', rest = ''] = match ?? [];
  const digits = whole.replaceAll(',', '') + fraction;
  if (!match || digits.length > MOST_DIGITS) return undefined;
  return { digits: BigInt(digits), places: fraction.length, rest };
}

/** A decimal number times a factor, if that is a whole number. */
function exact({ digits, places }: Decimal, factor: bigint): bigint | undefined {
  const scale = 10n ** BigInt(places);
  return (digits * factor) % scale === 0n ? (digits * factor) / scale : undefined;
}

/** What numbers, units and dates are read from: no blanks, no full-width forms. */
function compact(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/g, '');
}

/** Whether a text is a unit that one of the readers below knows. */
export function isUnit(text: string): boolean {
  const known = [MONEY_UNITS, SIZE_UNITS].some((units) => Object.hasOwn(units, text));
  return (
    text !== '' &&
    (known || (CORE_UNITS as readonly string[]).includes(text) || myriadsIn(text) !== undefined)
  );
}

/** How many of its thing a unit such as `万人` is; undefined for what counts no things. */
function myriadsIn(unit: string): bigint | undefined {
  const [, myriads = '', thing = ''] = /^([万亿]?)(.*)$/s.exec(unit) ?? [];
  return thing === '' || (COUNT_UNITS as readonly string[]).includes(thing) ? MYRIADS[myriads] : undefined;
}

const MYRIADS: Readonly<Record<string, bigint>> = { '': 1n, 万: 10_000n, 亿: 100_000_000n };

/**
 * A number of things: `1.74万`, `17,400`, `１７４００人`. A unit in the cell goes before that of the column’s head.
 * @param unit of the head’s brackets, such as `万人`
 * @param highest what is more is refused
 */
export function readCount(text: string, unit: string, highest: number): Read<number> {
  const decimal = decimalOf(compact(text));
  const own = decimal && myriadsIn(decimal.rest);
  const head = myriadsIn(unit) ?? 1n;
  const value =
    decimal && own !== undefined ? exact(decimal, /^[万亿]/.test(decimal.rest) ? own : head) : undefined;
  return value !== undefined && value <= BigInt(highest)
    ? read(Number(value))
    : wrong('E_CELL_COUNT', { highest });
}

/**
 * Money in fen: `460万元`, `￥4,600,000.00`, `0.46亿元`. Without a unit in the cell, the column’s brackets or the line
 * above the table it is refused: 460 could be yuan as well as 万元.
 */
export function readMoney(text: string, unit: string): Read<bigint> {
  const bare = compact(text);
  const yuan = /^[¥￥]/.test(bare);
  const decimal = decimalOf(bare.replace(/^[¥￥]/, ''));
  if (!decimal) return wrong('E_CELL_MONEY');
  const said = decimal.rest || (yuan ? '元' : unit);
  const factor = Object.hasOwn(MONEY_UNITS, said) ? MONEY_UNITS[said] : undefined;
  if (factor === undefined && decimal.rest === '') return wrong('E_CELL_MONEY_UNIT');
  const fen = factor === undefined ? undefined : exact(decimal, factor);
  return fen === undefined || fen > BigInt(Number.MAX_SAFE_INTEGER) ? wrong('E_CELL_MONEY') : read(fen);
}

/** A part of a specification: whole cores, or a size in whole GiB. */
export interface Part {
  readonly unit: '核' | 'GB';
  readonly value: number;
}

/**
 * Cores or a size: `8核`, `16G`, `1.5TB`, `2,048 GB`; undefined for what is no whole number of cores or GiB.
 * @param unit what a bare number is counted in; empty if nothing says so
 */
export function readPart(text: string, unit: string): Part | undefined {
  const decimal = decimalOf(compact(text));
  if (!decimal) return undefined;
  const said = (decimal.rest || unit).toLowerCase();
  if ((CORE_UNITS as readonly string[]).includes(said)) return partOf('核', exact(decimal, 1n));
  const mebibytes = Object.hasOwn(SIZE_UNITS, said) ? SIZE_UNITS[said] : undefined;
  if (mebibytes === undefined) return undefined;
  const size = exact(decimal, mebibytes);
  return size === undefined || size % 1024n !== 0n ? undefined : partOf('GB', size / 1024n);
}

function partOf(unit: Part['unit'], value: bigint | undefined): Part | undefined {
  return value === undefined || value > 1_000_000_000n ? undefined : { unit, value: Number(value) };
}

const NUMERALS = '零一二三四五六七八九';

/** `三`, `3`, `Ⅲ`, `III` */
function digitOf(text: string): number | undefined {
  if (/^\d$/.test(text)) return Number(text);
  const roman = ['', 'i', 'ii', 'iii', 'iv', 'v', 'vi'].indexOf(text);
  const numeral = text.length === 1 ? NUMERALS.indexOf(text) : -1;
  return roman > 0 ? roman : numeral >= 0 ? numeral : undefined;
}

/** An MLPS level, 1 to 4: `三级`, `等保三级`, `第三级`, `3`, `三级（S3A3G3）`; `未定级` is none. */
export function readMlps(text: string): Read<number> {
  const bare = compact(text)
    .toLowerCase()
    .replace(/\(s[1-5]a[1-5]g[1-5]\)$/, '');
  const general = /^s[1-5]a[1-5]g([1-5])$/.exec(bare)?.[1];
  const [, digits = ''] =
    /^(?:网络安全)?(?:等级保护|等保|保护等级)?(?:2\.0)?第?([^第级]+)级?$/.exec(bare) ?? [];
  const level = digitOf(general ?? digits);
  return level !== undefined && level >= 1 && level <= 4 ? read(level) : wrong('E_CELL_MLPS');
}

/** A grade of disaster recovery, 0 to 6: `5级`, `第五级`; `无` and an empty cell are 0. */
export function readGrade(text: string): Read<number> {
  const bare = compact(text).toLowerCase();
  if ((NO_GRADE_WORDS as readonly string[]).includes(bare)) return read(0);
  const [, digits = ''] = /^第?([^第级]+)级?$/.exec(bare) ?? [];
  const grade = digitOf(digits);
  return grade !== undefined && grade <= 6 ? read(grade) : wrong('E_CELL_GRADE');
}

/** Yes or no. */
export function readYes(text: string): Read<boolean> {
  const word = normal(text);
  if ((YES_WORDS as readonly string[]).includes(word)) return read(true);
  return (NO_WORDS as readonly string[]).includes(word)
    ? read(false)
    : wrong('E_CELL_CHOICE', { known: answers.either });
}

/** Whether Xinchuang is required; null where nothing is said of it. */
export function readXinchuang(text: string): Read<boolean | null> {
  const word = normal(text);
  if ((ANY_WORDS as readonly string[]).includes(word)) return read(null);
  if ((XINCHUANG_WORDS.required as readonly string[]).includes(word)) return read(true);
  return (XINCHUANG_WORDS.notRequired as readonly string[]).includes(word) ? read(false) : readYes(text);
}

/** One of the values that the CLI prints, by its key, its title in either language, or a word for it. */
export function choiceOf<K extends string>(
  titles: Readonly<Record<K, Message>>,
  words: Readonly<Record<K, readonly string[]>>,
): (text: string) => Read<K> {
  const keys = Object.keys(titles) as K[];
  const byWord = new Map(
    keys.flatMap((key) =>
      [key, titles[key].zh, titles[key].en, ...words[key]].map((word) => [normal(word), key] as const),
    ),
  );
  const known = keys.map((key) => titles[key].zh).join('、');
  return (text) => {
    const found = byWord.get(normal(text));
    return found === undefined ? wrong('E_CELL_CHOICE', { known }) : read(found);
  };
}

/** Serial numbers of the years 1955 to 2099: five digits that are no year and no day of eight. */
const SERIALS = { from: 20_000, to: 73_050 };
const FROM: Readonly<Record<DateSystem, string>> = { '1900': '1899-12-30', '1904': '1904-01-01' };
const DAY_MS = 86_400_000;

const BEFORE = '(?:前|之前|以前)';
const DAY = new RegExp(`^(\\d{4})([-/.年])(\\d{1,2})([-/.月])(\\d{1,2})日?(${BEFORE}?)$`);
const MONTH = new RegExp(`^(\\d{4})[-/.年](\\d{1,2})月?(?:份)?(底|末)?(${BEFORE}?)$`);
const YEAR = new RegExp(`^(\\d{4})年(?:度)?(底|末|内)?(${BEFORE}?)$`);

/** Whether a column names a day, or a deadline, for which a month or a year will do. */
export type DateUse = 'day' | 'deadline';

/**
 * A day as YYYY-MM-DD: `2023-12-05`, `2023/12/5`, `2023.12.5`, `2023年12月5日`, `20231205`, each with a time behind it that is
 * not kept, or a spreadsheet’s serial number. A deadline may be a period, which means its last day: `2023.12`, `2023年12月底前`,
 * `2023年底`; a day with 前 is that day. `2023年12月前` leaves open whether December counts, and is refused.
 */
export function readDate(text: string, dateSystem: DateSystem, use: DateUse): Read<string> {
  const spaced = text.normalize('NFKC').trim();
  const bare = compact(spaced.replace(/[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?$/, ''));
  if (/^\d{5}(?:\.\d+)?$/.test(bare)) {
    const serial = Math.floor(Number(bare));
    if (serial < SERIALS.from || serial > SERIALS.to) return wrong('E_CELL_DATE');
    const time = Date.parse(`${FROM[dateSystem]}T00:00:00Z`) + serial * DAY_MS;
    return read(new Date(time).toISOString().slice(0, 10));
  }
  const plain = /^(\d{4})(\d{2})(\d{2})$/.exec(bare);
  if (plain) return dayOf(plain[1], plain[2], plain[3]);
  const day = DAY.exec(bare);
  if (day) {
    const [, year, one, month, two, date, before] = day;
    const mixed = one === '年' ? two !== '月' : one !== two;
    if (mixed || (before !== '' && use === 'day')) return wrong('E_CELL_DATE');
    return dayOf(year, month, date);
  }
  const month = MONTH.exec(bare);
  const year = month ? null : YEAR.exec(bare);
  if (!month && !year) return wrong('E_CELL_DATE');
  if (use === 'day') return wrong('E_CELL_DATE_PERIOD');
  const [end, before] = month ? [month[3], month[4]] : [year?.[2], year?.[3]];
  if (before !== '' && end === undefined) return wrong('E_CELL_DATE_BEFORE');
  // A spreadsheet makes 2023.1 of the October that somebody typed as 2023.10.
  if (/^\d{4}\.1$/.test(bare)) return wrong('E_CELL_DATE');
  return month ? lastDay(month[1], month[2]) : lastDay(year?.[1], '12');
}

function dayOf(year = '', month = '', day = ''): Read<string> {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const sound = y >= 1949 && y <= 2100 && m >= 1 && m <= 12 && d >= 1 && d <= daysOf(y, m);
  return sound ? read(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`) : wrong('E_CELL_DATE');
}

function lastDay(year = '', month = ''): Read<string> {
  return dayOf(year, month, String(daysOf(Number(year), Number(month))));
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Text of one line, kept as it was written. */
export function readLine(highest: number): (text: string) => Read<string> {
  return (text) => (text.length <= highest ? read(text) : wrong('E_CELL_LENGTH', { highest }));
}

/** An id or a code: letters are taken as lower case. */
export function readId(highest: number): (text: string) => Read<string> {
  return (text) => {
    const id = text.normalize('NFKC').toLowerCase();
    return id.length <= highest && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(id)
      ? read(id)
      : wrong('E_CELL_ID', { highest });
  };
}

/** Several texts in one cell, which people separate as they like. */
export function listOf(text: string): readonly string[] {
  return text
    .split(/[,，、;；|\n]+/)
    .map((it) => it.trim())
    .filter((it) => it !== '');
}

/** A deadline, or null for a cell that says that there is none. */
export function readDeadline(text: string, dateSystem: DateSystem): Read<string | null> {
  return (NO_DEADLINE_WORDS as readonly string[]).includes(text)
    ? read(null)
    : readDate(text, dateSystem, 'deadline');
}
