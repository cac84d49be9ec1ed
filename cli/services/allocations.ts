import type { Allocation, Handover, Organization } from '../../api/v1alpha1/index.ts';
import { cityDay } from '../../domain/calendar.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeObject, Stored } from '../../kube/types.ts';
import { handovers } from '../../messages/cli-views.ts';
import { CliError } from '../errors.ts';
import { find, findAllocation } from '../hub/find.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { appendToStatus } from './append.ts';
import { stateWord } from './states.ts';

export type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** The Secret that was delivered with an allocation, and the allocation. @throws CliError E_CREDENTIALS_ABSENT */
export async function credentialsOf(
  hub: Hub,
  name: string,
): Promise<{ allocation: Stored<Allocation>; secret: Stored<Secret> }> {
  const allocation = await findAllocation(hub, name);
  const secretName = allocation.status?.credentialsSecret;
  const absent = new CliError('E_CREDENTIALS_ABSENT', {
    allocation: allocation.metadata.name,
    state: stateWord(allocation.status),
  });
  if (secretName === undefined) throw absent;
  try {
    const place = { name: secretName, namespace: allocation.metadata.namespace ?? '' };
    return { allocation, secret: await hub.client.get<Secret>(kinds.secrets, place) };
  } catch (error) {
    throw isKubeError(error, 'E_API_NOT_FOUND') ? absent : error;
  }
}

/**
 * Accepts or refuses what was delivered, delivers a work order, decides on the erasure of what was retained, sets or lifts a
 * legal hold, or agrees to a transfer or no longer does, for the revision that stands.
 * @throws CliError E_ALLOCATION_STATE, E_RETAINED_UNTIL
 */
export async function handOver(
  hub: Hub,
  name: string,
  what: Pick<Handover, 'action'> & {
    readonly evidence?: string | undefined;
    readonly organization?: string;
    readonly comment?: string | undefined;
  },
  dryRun = false,
): Promise<Stored<Allocation>> {
  const [allocation, by] = await Promise.all([findAllocation(hub, name), hub.whoAmI()]);
  const { spec, status } = allocation;
  const last = (status?.handovers ?? []).findLast(({ revision }) => revision === spec.revision);
  // The state follows what people say a moment later.
  const answered = last?.action === what.action && last.by === by;
  const answers = what.action === 'accept' || what.action === 'refuse';
  const { retainedUntil: until } = status ?? {};
  if (what.action === 'erase' && until !== undefined && cityDay(new Date().toISOString()) <= until)
    throw new CliError('E_RETAINED_UNTIL', { allocation: allocation.metadata.name, until });
  if (answers && (status?.state !== 'PendingAcceptance' || answered)) {
    throw new CliError('E_ALLOCATION_STATE', {
      allocation: allocation.metadata.name,
      state: answered ? handovers[what.action] : stateWord(status),
    });
  }
  const entry: Handover = {
    action: what.action,
    revision: spec.revision,
    by,
    ...(what.organization === undefined ? {} : { organization: what.organization }),
    ...(what.evidence === undefined ? {} : { evidence: what.evidence }),
    ...(what.comment === undefined ? {} : { comment: what.comment }),
  };
  return appendToStatus(
    hub,
    kinds.allocations,
    allocation,
    'handovers',
    entry,
    { '/spec/revision': spec.revision },
    dryRun,
  );
}

/**
 * Agrees that an allocation as it stands is transferred to another organisation, which then asks for it.
 * @param to code of the organisation
 * @throws CliError E_NOT_FOUND
 */
export async function agreeToTransfer(
  hub: Hub,
  name: string,
  to: string,
  comment: string | undefined,
  dryRun: boolean,
): Promise<{ readonly allocation: Stored<Allocation>; readonly organization: string }> {
  const { metadata } = await find<Organization>(hub, kinds.organizations, to);
  const what = { action: 'transfer' as const, organization: metadata.name, comment };
  return { allocation: await handOver(hub, name, what, dryRun), organization: metadata.name };
}

const EVIDENCE_LENGTH = 2000;

/**
 * Evidence of a delivery: the file's name, size and SM3, and the text it starts with, as far as there is room.
 * @throws CliError E_EVIDENCE_EMPTY
 */
export async function evidenceOf(file: string, content: Buffer): Promise<string> {
  const [{ sm3 }, { basename }] = await Promise.all([
    import('../../domain/canonical.ts'),
    import('node:path'),
  ]);
  if (content.toString('latin1').trim() === '') throw new CliError('E_EVIDENCE_EMPTY', { file });
  const head = `${basename(file).slice(0, 200)} (${content.length} B) sm3:${sm3(content)}`;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content).trim();
  } catch {
    // Not a text, a scan for instance: its digest stands for it.
  }
  return (text === '' || text.includes('\u0000') ? head : `${head}\n${text}`).slice(0, EVIDENCE_LENGTH);
}
