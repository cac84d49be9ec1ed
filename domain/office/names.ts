import type { Organization } from '../../api/v1alpha1/index.ts';
import { near } from '../near.ts';
import { normal } from './sheet.ts';
import { type Read, read, wrong } from './values.ts';

/** What an organisation is called, and by whom it stands; as much of one as its name needs. */
export interface Named {
  readonly code: string;
  readonly type: Organization['spec']['type'];
  readonly names: readonly string[];
  /** Codes above it, of any date. */
  readonly parents: readonly string[];
}

/** Organisations by everything that offices call them. */
export interface OrganizationNames {
  /** The code of whom a cell names. A name that several have is refused with all of them. */
  readonly find: (text: string) => Read<string>;
}

export function namedOf({ metadata, spec }: Organization): Named {
  const { zh, en } = spec.name;
  return {
    code: metadata.name,
    type: spec.type,
    names: [zh, ...(en === undefined ? [] : [en]), ...(spec.aliases ?? [])],
    parents: spec.parents.map(({ code }) => code),
  };
}

const MOST_CANDIDATES = 6;
/** Whatever is longer is no name that somebody got wrong. */
const LONGEST_NAME = 60;

/**
 * - by its code, its name in either language, or an alias of its own; what fits so goes before what follows
 * - by a name with that of an organisation above it in front: 汕尾市教育局, 陆河县河田镇
 * - by a name without the 市 in front of it or the 县, 区, 市, 镇, 街道 behind it: 教育局, 陆河
 */
export function organizationNames(organizations: readonly Named[]): OrganizationNames {
  const byCode = new Map(organizations.map((it) => [it.code, it]));
  const own = new Map<string, Set<string>>();
  const derived = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, spelling: string, code: string) => {
    const key = normal(spelling);
    if (key.length < 2) return;
    const codes = to.get(key);
    if (codes) codes.add(code);
    else to.set(key, new Set([code]));
  };
  for (const organization of organizations) {
    const { code, names } = organization;
    add(own, code, code);
    for (const name of names) {
      add(own, name, code);
      for (const spelling of derivedFrom(name, organization, byCode)) add(derived, spelling, code);
    }
  }
  const titleOf = (code: string) => `${byCode.get(code)?.names[0] ?? ''} ${code}`;
  return {
    find: (text) => {
      const key = normal(text);
      const codes = [...(own.get(key) ?? derived.get(key) ?? [])];
      const [only] = codes;
      if (codes.length === 1 && only !== undefined) return read(only);
      if (only !== undefined) {
        const candidates = codes.slice(0, MOST_CANDIDATES).map(titleOf).join('、');
        return wrong('E_CELL_ORGANIZATION_AMBIGUOUS', { candidates });
      }
      const similar = (key.length > LONGEST_NAME ? [] : near(key, own.keys())).flatMap((it) => [
        ...(own.get(it) ?? []),
      ]);
      return wrong('E_CELL_ORGANIZATION', { near: [...new Set(similar)].map(titleOf).join('、') || '-' });
    },
  };
}

function derivedFrom(name: string, { type, parents }: Named, byCode: ReadonlyMap<string, Named>): string[] {
  const above = parents.flatMap((code) => byCode.get(code) ?? []);
  const bare = type === 'department' && name.startsWith('市') ? name.slice(1) : name;
  const short = type === 'department' ? bare : bare.replace(/(?:县|区|市|镇|街道)$/, '');
  const places = above.flatMap((it) => {
    const title = it.names[0] ?? '';
    return [
      title,
      title.replace(/市$/, ''),
      ...it.parents.map((code) => (byCode.get(code)?.names[0] ?? '') + title),
    ];
  });
  return [...places.flatMap((place) => [place + bare, place + name]), bare, short];
}
