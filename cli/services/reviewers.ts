import type { Repair, ResourceRequest, StockImport, UsageFinding } from '../../api/v1alpha1/index.ts';
import type { AuditRecord } from '../../domain/audit/chain.ts';
import { HUB_LOG, HUB_WRITE } from '../../domain/audit/hub-log.ts';
import { appealsOf, calledOf, type SameName, sameNames, unwritten } from '../../domain/audit/reviewers.ts';
import type { KubeObject, ResourceRef } from '../../kube/types.ts';
import type { Hub } from '../hub/hub.ts';
import * as kinds from '../hub/kinds.ts';
import { listReport } from '../hub/reports.ts';
import { closedRequests } from './requests/read.ts';

const ACCOUNTS: ResourceRef = { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true };
const PEOPLE = 'govcloud-people';
/** Says of an account whose it is. */
const NAME = 'govcloud.dev/name';

/** A decision that an auditor should ask about: who made it may be somebody else. */
export type DoubtfulDecision = Omit<SameName, 'part'> & { readonly part: SameName['part'] | 'unwritten' };

/**
 * Of all that was ever decided on the decisions whose author has the name of somebody else who has a part in it, and those
 * that their author did not write as far as the audit chain knows.
 * @param now ISO 8601
 */
export async function doubtfulDecisions(hub: Hub, now: string): Promise<readonly DoubtfulDecision[]> {
  const everywhere = hub.in(undefined);
  const recordsOf = (action: string) => listReport(everywhere, 'auditrecords', { query: { action } });
  const [accounts, requests, closed, stock, repairs, findings, ...records] = await Promise.all([
    hub.client.list<KubeObject>(ACCOUNTS, { namespace: PEOPLE }),
    everywhere.list<ResourceRequest>(kinds.resourceRequests),
    closedRequests(everywhere),
    hub.list<StockImport>(kinds.stockImports),
    hub.list<Repair>(kinds.repairs),
    everywhere.list<UsageFinding>(kinds.usageFindings),
    ...['decision.record', HUB_WRITE, HUB_LOG].map(recordsOf),
  ]);
  const names = new Map<string, string>(
    accounts.items.flatMap(({ metadata }) => {
      const name = metadata.annotations?.[NAME];
      return name === undefined ? [] : [[`system:serviceaccount:${PEOPLE}:${metadata.name}`, name] as const];
    }),
  );
  // The hub may still have what the books have a copy of.
  const all = new Map([...closed, ...requests].map((it) => [it.metadata.uid, it]));
  const called = new Map([...all].map(([uid, request]) => [uid, calledOf(request)]));
  const inOrder = records.flat().sort((a, b) => a.seq - b.seq) as unknown as readonly AuditRecord[];
  return [
    ...sameNames([...all.values(), ...stock, ...repairs, ...findings.flatMap(appealsOf)], names),
    ...unwritten(inOrder, now).map(({ uid, name, namespace, step, reviewer }): DoubtfulDecision => {
      const subject = called.get(uid) ?? (namespace === '' ? name : `${namespace}/${name}`);
      return { subject, step, reviewer, name: names.get(reviewer) ?? '', part: 'unwritten', other: '' };
    }),
  ];
}
