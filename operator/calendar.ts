import { load } from 'js-yaml';
import type { Calendar } from '../domain/calendar.ts';
import { SYSTEM_NAMESPACE } from './adapters/hub.ts';

/** Key of the ConfigMap of working days. */
export const WORKING_DAYS = `${SYSTEM_NAMESPACE}/working-days`;

/** The working days that cloud engineers published; without them weekends alone count and due dates are provisional. */
export function calendarOf(
  published: { readonly data?: Readonly<Record<string, string>> } | undefined,
): Calendar {
  const text = published?.data?.['calendar.yaml'];
  const { years, holidays, workdays } = (text === undefined ? {} : load(text)) as {
    years?: number[];
    holidays?: string[];
    workdays?: string[];
  };
  return { years: years ?? [], holidays: new Set(holidays), workdays: new Set(workdays) };
}
