import type {
  Allocation,
  CatalogItem,
  InformationSystem,
  MemberCluster,
  Organization,
  Project,
  ResourceRequest,
  UsageFinding,
} from '../../api/v1alpha1/index.ts';
import { listContexts } from '../../kube/config.ts';
import type { Stored } from '../../kube/types.ts';
import { commandHelp, flagHelp, topicHelp } from '../../messages/cli-help.ts';
import { type Language, type Message, render } from '../../messages/index.ts';
import { stateMessages } from '../../messages/states.ts';
import { findingStates } from '../../messages/usage.ts';
import { findCommand, valueOf } from '../argv.ts';
import { FORMATS, REPORT_FORMATS } from '../flags.ts';
import { type Hub, openHub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { describeCommand, type ManifestCommand, readManifest, sourceIds } from '../oclif.ts';
import { openReviews } from './reviews.ts';

export interface Candidate {
  readonly value: string;
  /** What it is, for shells that show it. */
  readonly about: string;
}

/** A shell waits for the answer at every key. */
const LIVE_TIMEOUT_MS = 3000;

/** What may stand where the last of the words is being typed, in the order in which it should be offered. */
export async function candidatesFor(
  root: string,
  words: readonly string[],
  language: Language,
): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const manifest = readManifest(root);
  const ids = manifest ? Object.keys(manifest.commands) : sourceIds(root);
  const found = findCommand(before, ids);
  const all = await candidates();
  return all.filter(({ value }) => value.startsWith(current)).sort((a, b) => (a.value < b.value ? -1 : 1));

  async function candidates(): Promise<Candidate[]> {
    if (found.id === '') return commandWords(ids, found.words, language);
    const command = await describeCommand(root, found.id);
    if (!command) return [];
    const [flag, value] =
      current.startsWith('--') && current.includes('=') ? current.split('=', 2) : [before.at(-1) ?? ''];
    const open = flagOf(command, flag ?? '');
    if (open?.type === 'option') {
      const values = await flagValues(open.name, open.options ?? [], before, language);
      return value === undefined ? values : values.map((it) => ({ ...it, value: `${flag}=${it.value}` }));
    }
    if (current.startsWith('-')) return flagWords(command, language);
    const given = found.argv.filter(
      (word, index) =>
        !word.startsWith('-') && flagOf(command, found.argv[index - 1] ?? '')?.type !== 'option',
    );
    return given.length < Object.keys(command.args).length ? argumentValues(found.id, before) : [];
  }
}

function commandWords(ids: readonly string[], words: readonly string[], language: Language): Candidate[] {
  const visible = ids.filter((id) => !id.startsWith('_'));
  const [topic] = words;
  if (topic !== undefined) {
    return visible
      .filter((id) => id.startsWith(`${topic}:`))
      .map((id) => ({
        value: id.slice(topic.length + 1),
        about: textOf(commandHelp, id.replace(':', ' '), language),
      }));
  }
  const first = new Set(visible.map((id) => id.split(':')[0] as string));
  return [...first].map((value) => ({
    value,
    about: textOf(topicHelp, value, language) || textOf(commandHelp, value, language),
  }));
}

function flagOf(command: ManifestCommand, word: string): ManifestCommand['flags'][string] | undefined {
  return Object.values(command.flags).find(
    ({ name, char }) => word === `--${name}` || (char && word === `-${char}`),
  );
}

function flagWords(command: ManifestCommand, language: Language): Candidate[] {
  return Object.values(command.flags)
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => ({ value: `--${name}`, about: textOf(flagHelp, name, language) }));
}

function textOf(messages: Readonly<Record<string, Message>>, key: string, language: Language): string {
  const message = messages[key];
  return message ? render(message, language).replace(/\s+/g, ' ') : '';
}

function plain(values: Iterable<string>): Candidate[] {
  return [...new Set(values)].map((value) => ({ value, about: '' }));
}

async function flagValues(
  flag: string,
  options: readonly string[],
  before: readonly string[],
  language: Language,
): Promise<Candidate[]> {
  if (options.length > 0) return plain(options);
  const live = <T>(list: (hub: Hub) => Promise<T>) => hubOf(before).then(list);
  switch (flag) {
    case 'output':
      return plain(before[0] === 'report' ? REPORT_FORMATS : FORMATS);
    case 'context':
      return plain(listContexts(kubeconfigOf(before)));
    case 'state':
    case 'for':
      return Object.entries(before[0] === 'usage' ? findingStates : stateMessages).map(
        ([value, message]) => ({
          value,
          about: render(message, language),
        }),
      );
    case 'namespace':
      return live(async (hub) =>
        (await hub.list<Organization>(kinds.organizations)).flatMap(({ spec, status }) =>
          status?.namespace ? [{ value: status.namespace, about: spec.name.zh }] : [],
        ),
      );
    case 'org':
      return live(async (hub) =>
        (await hub.list<Organization>(kinds.organizations)).map(({ metadata, spec }) => ({
          value: metadata.name,
          about: spec.name.zh,
        })),
      );
    case 'system':
      return live(async (hub) =>
        (await hub.list<InformationSystem>(kinds.informationSystems)).map(({ metadata, spec }) => ({
          value: metadata.name,
          about: spec.name.zh,
        })),
      );
    case 'project':
      return live(async (hub) =>
        (await hub.list<Project>(kinds.projects)).map(({ metadata, spec }) => ({
          value: metadata.name,
          about: spec.title.zh,
        })),
      );
    case 'zone':
      return live(async (hub) =>
        (await hub.list<MemberCluster>(kinds.memberClusters)).map(({ spec }) => ({
          value: spec.zone,
          about: spec.zoneTitle.zh,
        })),
      );
    case 'recovery-of':
    case 'apart-from':
      return live(allocationsOf);
    case 'item':
      return live(async (hub) =>
        (await hub.list<CatalogItem>(kinds.catalogItems)).map(({ metadata, spec }) => ({
          value: `${metadata.name}=`,
          about: spec.title.zh,
        })),
      );
    default:
      return [];
  }
}

async function allocationsOf(hub: Hub): Promise<Candidate[]> {
  return (await hub.list<Allocation>(kinds.allocations)).map(({ metadata, spec }) => ({
    value: metadata.name,
    about: `${spec.system} ${spec.item}×${spec.quantity}`,
  }));
}

async function argumentValues(id: string, before: readonly string[]): Promise<Candidate[]> {
  const [topic, verb] = id.split(':');
  if (id === 'completion') return plain(['bash', 'zsh', 'fish']);
  if (verb === 'import') return [];
  const hub = await hubOf(before);
  const requests = (list: readonly ResourceRequest[]) =>
    list.flatMap(({ metadata, status, spec }) => [
      { value: metadata.name, about: `${spec.system} ${status?.state ?? ''}` },
      ...(status?.serial ? [{ value: status.serial, about: `${spec.system} ${status.state ?? ''}` }] : []),
    ]);
  if (topic === 'allocation' || ['resize', 'renew', 'release', 'suspend', 'resume'].includes(verb ?? '')) {
    return allocationsOf(hub);
  }
  if (topic === 'usage' && verb !== 'show') {
    const list = await hub.list<UsageFinding>(kinds.usageFindings);
    return list.map(({ metadata, spec, status }) => ({
      value: metadata.name,
      about: `${spec.owner.system} ${status?.state ?? ''}`,
    }));
  }
  switch (topic) {
    case 'request':
      return requests(await hub.list<ResourceRequest>(kinds.resourceRequests));
    case 'review': {
      if (verb === 'undelegate')
        return plain((await hub.list(kinds.delegations)).map(({ metadata }) => metadata.name));
      const open = await openReviews(hub, new Date().toISOString());
      return [
        ...requests(open.filter((it) => it.kind === 'ResourceRequest') as Stored<ResourceRequest>[]),
        ...plain(open.filter((it) => it.kind !== 'ResourceRequest').map(({ metadata }) => metadata.name)),
      ];
    }
    case 'catalog':
      return (await hub.list<CatalogItem>(kinds.catalogItems)).map(({ metadata, spec }) => ({
        value: metadata.name,
        about: spec.title.zh,
      }));
    case 'project':
      return flagValues('project', [], before, 'zh');
    case 'system':
      return flagValues('system', [], before, 'zh');
    case 'quota':
      return flagValues('org', [], before, 'zh');
    default:
      return [];
  }
}

function kubeconfigOf(words: readonly string[]): { kubeconfig?: string } {
  const kubeconfig = valueOf(words, '--kubeconfig');
  return kubeconfig === undefined ? {} : { kubeconfig };
}

function hubOf(words: readonly string[]): Promise<Hub> {
  return openHub({
    ...kubeconfigOf(words),
    context: valueOf(words, '--context'),
    namespace: valueOf(words, '--namespace', '-n'),
    as: valueOf(words, '--as'),
    allNamespaces: words.includes('-A') || words.includes('--all-namespaces'),
    timeoutMs: LIVE_TIMEOUT_MS,
  });
}
