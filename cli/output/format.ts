import { Amount, GIB, parseQuantity, type Resource, TIB, unitOf } from '../../domain/quantity.ts';
import type { Language } from '../../messages/index.ts';

/** A whole number with a comma at every thousand. */
function grouped(value: bigint | number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Money as people read it: `1,234.56 元`, `¥1,234.56`. @param fen integer */
export function yuan(fen: bigint | number, language: Language): string {
  const value = BigInt(fen);
  const sign = value < 0n ? '-' : '';
  const size = value < 0n ? -value : value;
  const text = `${grouped(size / 100n)}.${String(size % 100n).padStart(2, '0')}`;
  return language === 'zh' ? `${sign}${text} 元` : `${sign}¥${text}`;
}

/** The same in print, where large amounts are in 万元 too: `1,040,000.00 元（104 万元）`. @param fen integer */
export function printedYuan(fen: bigint | number, language: Language): string {
  const value = BigInt(fen);
  const size = value < 0n ? -value : value;
  const text = yuan(fen, language);
  if (language === 'en' || size < WAN) return text;
  const fraction = String(size % WAN)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${text}（${value < 0n ? '-' : ''}${grouped(size / WAN)}${fraction === '' ? '' : `.${fraction}`} 万元）`;
}

/** 万元 in fen. */
const WAN = 1_000_000n;

/** A quantity as reports give it, which may be negative. @throws RangeError */
export function signedQuantity(resource: Resource, text: string): Amount<'millicores' | 'bytes'> {
  return text.startsWith('-')
    ? parseQuantity(resource, text.slice(1)).negated()
    : parseQuantity(resource, text);
}

/**
 * An amount in the city's speech: cores, GB (GiB), and for disks T (1,024 GiB) where it is a whole one. At most two
 * decimals, cut off.
 */
function amount(resource: Resource, value: Amount<'millicores' | 'bytes'>): string {
  if (value.unit !== unitOf(resource)) throw new TypeError(`${resource} is not counted in ${value.unit}`);
  const sign = value.isNegative() ? '-' : '';
  const size = value.isNegative() ? -value.value : value.value;
  if (size === 0n) return '0';
  if (resource === 'vcpu') return sign + decimal(size, 1000n);
  if (resource !== 'memory' && size % TIB === 0n) return `${sign}${grouped(size / TIB)} T`;
  return `${sign}${decimal(size, GIB)} GB`;
}

/** The same from a quantity's text; what is absent is shown as `-`. */
export function quantity(resource: Resource, text: string | undefined): string {
  return text === undefined ? '-' : amount(resource, signedQuantity(resource, text));
}

function decimal(size: bigint, unit: bigint): string {
  const hundredths = ((size % unit) * 100n) / unit;
  const fraction = String(hundredths).padStart(2, '0').replace(/0+$/, '');
  return grouped(size / unit) + (fraction === '' ? '' : `.${fraction}`);
}

/** A share in basis points as a percentage: `42.50%`. */
export function percent(basisPoints: number): string {
  const [whole, rest] = [Math.trunc(basisPoints / 100), Math.abs(basisPoints % 100)];
  return `${basisPoints < 0 && whole === 0 ? '-' : ''}${whole}.${String(rest).padStart(2, '0')}%`;
}

/** How long ago, by the largest two units: `3d4h`, `12m`, `5s`. @param since ISO 8601 */
export function age(since: string | undefined, now: string): string {
  if (since === undefined) return '-';
  const seconds = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}

/** An instant in the city's time (UTC+8): `2026-11-24 16:05`. */
export function cityTime(instant: string | undefined): string {
  if (instant === undefined) return '-';
  return new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
}

/** What was used, of a unit that reports give; what is absent is shown as `-`. */
export function usedAmount(
  unit: 'millicores' | 'bytes' | 'bytesPerSecond',
  value: number | undefined,
): string {
  if (value === undefined) return '-';
  const size = BigInt(value);
  if (unit === 'millicores') return decimal(size, 1000n);
  if (unit === 'bytes') return `${decimal(size, GIB)} GB`;
  return size < MIB ? `${decimal(size, 1n << 10n)} kB/s` : `${decimal(size, MIB)} MB/s`;
}

const MIB = 1n << 20n;
