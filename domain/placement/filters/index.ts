import type { Filter } from '../filter.ts';
import { antiAffinity } from './anti-affinity.ts';
import { arch } from './arch.ts';
import { dataClass } from './data-class.ts';
import { member } from './member.ts';
import { mlps } from './mlps.ts';
import { oneNode } from './one-node.ts';
import { recovery } from './recovery.ts';
import { target } from './target.ts';
import { xinchuang } from './xinchuang.ts';
import { zone } from './zone.ts';

/** The filters of placement by name, in the order in which their reasons are told. Capacity comes after them all. */
export const FILTERS = {
  zone,
  arch,
  xinchuang,
  mlps,
  dataClass,
  recovery,
  antiAffinity,
  oneNode,
  target,
  member,
} as const satisfies Readonly<Record<string, Filter>>;

/** What refuses a pool: a filter, or that it or a quota for its architecture has no room. */
export type FilterName = keyof typeof FILTERS | 'capacity';
