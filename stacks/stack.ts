import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { API_VERSION } from '../api/kind.ts';
import {
  ASSUMPTION_ANNOTATION,
  CapacityPool,
  line,
  localized,
  MemberCluster,
  objectName,
} from '../api/v1alpha1/index.ts';
import { GovError, reason } from '../domain/errors.ts';
import { type Document, parsed, yamlFiles } from './files.ts';

/**
 * A stack: a named state of a city's capacity. It is the city's folder with what `stacks/NAME.yaml` changes in its
 * clusters and pools, so that no figure is written twice. A city without that folder has one stack, `city`: the folder
 * as it is.
 */
export interface Stack {
  readonly name: string;
  readonly title: z.infer<typeof localized>;
  readonly file?: string;
  readonly clusters: readonly Part[];
  readonly pools: readonly Part[];
}

/** An object of a stack: the fields of its spec that differ, or all of a new object's. */
const part = z.looseObject({
  name: objectName,
  /** What the city's plan does not say about it, `中文 / English`. */
  assumption: line.optional(),
});
type Part = z.infer<typeof part>;

const stackFile = z.strictObject({
  title: localized,
  clusters: z.array(part).optional(),
  pools: z.array(part).optional(),
});

const WHOLE: Stack = {
  name: 'city',
  title: { zh: '整座城市', en: 'the whole city' },
  clusters: [],
  pools: [],
};

/** The names of a city's stacks, in their order; the first is the one that stands. */
export function stackNames(dir: string): readonly string[] {
  return stackFiles(join(dir, 'stacks')).map(({ name }) => name);
}

function stackFiles(dir: string): readonly { readonly name: string; readonly file?: string }[] {
  if (!existsSync(dir)) return [{ name: WHOLE.name }];
  return yamlFiles(dir).map((file) => ({ name: basename(file, '.yaml'), file }));
}

/**
 * Reads one of the stacks of a folder.
 * @param name the first of them unless given
 * @throws GovError E_STACK_UNKNOWN, E_CITY_DATA, E_CITY_TWICE
 */
export function stackOf(dir: string, name: string | undefined): Stack {
  const files = stackFiles(dir);
  const found = name === undefined ? files[0] : files.find((it) => it.name === name);
  if (!found) {
    const known = files.map((it) => it.name).join(', ');
    throw new GovError(reason('E_STACK_UNKNOWN', { name: name ?? '-', known, dir }, name ?? dir));
  }
  const { file } = found;
  if (file === undefined) return WHOLE;
  const { title, clusters = [], pools = [] } = parsed(file, stackFile);
  for (const list of [clusters, pools]) {
    const twice = list.find((it, index) => list.findIndex(({ name: other }) => other === it.name) !== index);
    if (twice) throw new GovError(reason('E_CITY_TWICE', { object: twice.name, dir: file }, twice.name));
  }
  return { name: found.name, title, file, clusters, pools };
}

/** Clusters and pools as documents, with what the stack changes: objects that are there in their place, new ones last. */
export function applyStack(
  base: { readonly clusters: readonly Document[]; readonly pools: readonly Document[] },
  stack: Stack,
): { readonly clusters: readonly Document[]; readonly pools: readonly Document[] } {
  return {
    clusters: changed(base.clusters, stack.clusters, MemberCluster.kind, stack.file),
    pools: changed(base.pools, stack.pools, CapacityPool.kind, stack.file),
  };
}

interface Sketch {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

function changed(
  base: readonly Document[],
  parts: readonly Part[],
  kind: string,
  file = '',
): readonly Document[] {
  const byName = new Map(parts.map((it) => [it.name, it]));
  const seen = new Set<string>();
  const merged = base.map((document): Document => {
    const { metadata, spec, ...object } = document.content as Sketch;
    const given = byName.get(metadata?.name);
    if (!given) return document;
    seen.add(given.name);
    const { name: _, assumption, ...fields } = given;
    return {
      ...document,
      file,
      content: { ...object, metadata: annotated(metadata, assumption), spec: { ...spec, ...fields } },
    };
  });
  const fresh = parts
    .filter(({ name }) => !seen.has(name))
    .map(({ name, assumption, ...spec }, index): Document => {
      const metadata = annotated({ name }, assumption);
      return { file, number: index + 1, content: { apiVersion: API_VERSION, kind, metadata, spec } };
    });
  return [...merged, ...fresh];
}

function annotated(metadata: Sketch['metadata'], assumption: string | undefined): Sketch['metadata'] {
  if (assumption === undefined) return metadata;
  return { ...metadata, annotations: { ...metadata.annotations, [ASSUMPTION_ANNOTATION]: assumption } };
}
