import { load } from 'js-yaml';
import { z } from 'zod';
import {
  type Allocation,
  type InformationSystem,
  line,
  objectName,
  oneLine,
  organizationCode,
  type ResourceRequest,
} from '../../api/v1alpha1/index.ts';
import { type Reason, reason } from '../errors.ts';
import { isOver } from '../allocation/over.ts';

/** What a request may repeat. It is pointed out to whoever asks and to whoever decides, and refuses nothing. */

const sharedPlatform = z.strictObject({
  id: objectName,
  name: z.strictObject({ zh: oneLine(120), en: oneLine(200) }),
  /** Other words by which a request would name the same; its name without 平台, 系统 and the like is one. */
  aliases: z.array(oneLine(60)).max(20).optional(),
  /** Code of the department that leads it in the city. */
  lead: organizationCode,
  layer: line,
  built: z.boolean(),
  planRow: line,
});

/** A platform that the province builds: used by the city's systems, never built again, no tenant of the cloud. */
export type SharedPlatform = z.infer<typeof sharedPlatform>;

/** What the ConfigMap holds. */
export const sharedPlatforms = z.strictObject({ platforms: z.array(sharedPlatform).max(200) });

/** Where the ConfigMap stands that holds them, and under which key. */
export const SHARED_PLATFORMS = {
  namespace: 'govcloud-system',
  name: 'shared-platforms',
  key: 'platforms.yaml',
} as const;

/** The platforms of a ConfigMap. What is pointed out is a courtesy: a list that cannot be read keeps no request waiting. */
export function platformsOf(
  published: { readonly data?: Readonly<Record<string, string>> } | undefined,
): readonly SharedPlatform[] {
  const text = published?.data?.[SHARED_PLATFORMS.key];
  if (text === undefined) return [];
  try {
    return sharedPlatforms.parse(load(text)).platforms;
  } catch {
    return [];
  }
}

/** What is looked through for what a request may repeat; of grants and others, any of its namespace. */
export interface RepeatsPicture {
  readonly request: ResourceRequest;
  readonly system: InformationSystem | undefined;
  readonly grants: readonly Allocation[];
  readonly others: readonly ResourceRequest[];
  readonly platforms: readonly SharedPlatform[];
}

const OPEN: readonly string[] = ['Submitted', 'InReview', 'Returned', 'Granting'];

/** What the same system has of the same item, or asks for elsewhere, and the shared platforms that a new request is like. */
export function repeatsOf(picture: RepeatsPicture): readonly Reason[] {
  if (picture.request.spec.action !== 'Provision') return [];
  return [...sameItems(picture), ...samePlatforms(picture)];
}

function sameItems({ request, grants, others }: RepeatsPicture): readonly Reason[] {
  const { metadata, spec } = request;
  const isOfSystem = (it: Allocation | ResourceRequest) =>
    it.metadata.namespace === metadata.namespace && it.spec.system === spec.system;
  const items = new Set(spec.lines.map(({ item }) => item));
  return [...items].flatMap((item) => [
    ...grants
      .filter(
        (it) =>
          isOfSystem(it) &&
          it.spec.item === item &&
          !isOver(it) &&
          !it.spec.changes.some((change) => change.request === metadata.uid),
      )
      .map((it) =>
        reason('E_REPEATS_GRANT', { item, name: it.metadata.name, serial: it.spec.request.serial }),
      ),
    ...others
      .filter(
        (it) =>
          isOfSystem(it) &&
          it.metadata.uid !== metadata.uid &&
          it.spec.action === 'Provision' &&
          OPEN.includes(it.status?.phase ?? '') &&
          it.spec.lines.some((line) => line.item === item),
      )
      .map((it) =>
        reason('E_REPEATS_REQUEST', { item, name: it.metadata.name, serial: it.status?.serial ?? '-' }),
      ),
  ]);
}

/** A shared platform is named by what the system is called, or by what the request is for. */
function samePlatforms({ request, system, platforms }: RepeatsPicture): readonly Reason[] {
  const said = plain([system?.spec.name.zh, system?.spec.name.en, request.spec.reason].join('\n'));
  return platforms
    .filter(({ name, aliases = [] }) =>
      [bare(plain(name.zh)), plain(name.en), ...aliases.map(plain)].some(
        (word) => word !== '' && said.includes(word),
      ),
    )
    .map(({ name, lead }) => reason('E_REPEATS_PLATFORM', { platform: name, lead }));
}

/** Words that people put behind a name or leave away. */
const KIND_WORDS = /(公共)?(平台|系统)$/u;

function bare(name: string): string {
  return name.replace(KIND_WORDS, '');
}

/** As people compare it: without case, width, quotes and space. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s“”"'‘’《》]/gu, '');
}
