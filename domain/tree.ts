import type { Organization } from '../api/v1alpha1/index.ts';

/** The organisations as a tree on a day, the city first and each one's children below it by code. */
export function treeOf(
  organizations: readonly Organization[],
  day: string,
): { organization: Organization; depth: number }[] {
  const codes = new Set(organizations.map(({ metadata }) => metadata.name));
  const children = new Map<string, Organization[]>();
  for (const organization of organizations) {
    const parent = organization.spec.parents
      .filter(({ from }) => from <= day)
      .reduce<{ code: string; from: string } | undefined>(
        (last, it) => (last && last.from > it.from ? last : it),
        undefined,
      );
    // Whoever has nobody above that is known stands at the top, so that nobody is left out.
    const above = parent && codes.has(parent.code) ? parent.code : '';
    children.set(above, [...(children.get(above) ?? []), organization]);
  }
  const seen = new Set<string>();
  const below = (code: string, depth: number): { organization: Organization; depth: number }[] =>
    (children.get(code) ?? [])
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .filter(({ metadata }) => !seen.has(metadata.name) && seen.add(metadata.name))
      .flatMap((organization) => [{ organization, depth }, ...below(organization.metadata.name, depth + 1)]);
  return below('', 0);
}
