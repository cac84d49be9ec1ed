import { resourceOf } from '../../../api/kind.ts';
import { Repair, REPAIR_ITEMS_SHOWN } from '../../../api/v1alpha1/index.ts';
import type { Canonical } from '../../../domain/canonical.ts';
import { planDigest, type RepairItem } from '../../../domain/repair/plan.ts';
import { reasonTexts } from '../../../domain/request/quote.ts';
import { proveDigestReview } from '../../adapters/review-rule.ts';
import type { ReadOnly } from '../../read-only.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import { writeStatus } from '../../status.ts';
import type { Term } from '../../term.ts';
import { mend } from './apply.ts';
import { differencesNow } from './observe.ts';

const REPAIRS = resourceOf(Repair);

/**
 * Plans a repair, and carries the plan out once it is approved and still is the plan: any other difference is another
 * plan, which is approved anew. A repair that was interrupted has the rest as its next plan. An empty plan ends it, and
 * the read-only state with it; where a reconcile has run into what the plan does not show, that too is approved.
 */
export async function reconcileRepair(
  term: Term,
  readOnly: ReadOnly,
  key: string,
  { log, signal }: ReconcileContext,
): Promise<void> {
  const { hub, books } = term;
  const object = hub.repairs.get(key) as Repair | undefined;
  if (!object || object.status?.state === 'Done' || object.status?.state === 'Rejected') return;
  const { metadata, spec, status = {} } = object;
  const write = async (next: NonNullable<Repair['status']>): Promise<void> => {
    const observedGeneration = metadata.generation ?? 0;
    const decisions = status.decisions ?? [];
    await writeStatus(term, REPAIRS, object, { ...next, decisions, observedGeneration });
  };
  const show = (plan: readonly RepairItem[], repaired: number, approved: boolean) => {
    const isDone = plan.length === 0 && readOnly.leave(approved);
    return write({
      state: isDone ? 'Done' : 'PendingApproval',
      digest: planDigest(plan),
      total: plan.length,
      items: plan
        .slice(0, REPAIR_ITEMS_SHOWN)
        .flatMap(({ action, object: of, difference }) =>
          reasonTexts([difference]).map((told) => ({ action, object: of, difference: told })),
        ),
      repaired,
    });
  };
  const repaired = status.repaired ?? 0;
  const plan = await differencesNow(term);
  const digest = planDigest(plan);
  if (status.digest !== digest || status.state === undefined) return show(plan, repaired, false);

  const subject = { kind: Repair.kind, uid: metadata.uid ?? '', namespace: '', name: metadata.name };
  const copies = await books.recordDigestDecisions(subject, status.decisions ?? []);
  const counted = copies.find((copy) => copy.ticket === digest && copy.reviewer !== spec.requester);
  if (!counted) return;
  if (counted.verdict !== 'approve') return write({ ...status, state: 'Rejected' });
  await proveDigestReview(hub.client, Repair, metadata.name);
  const items = plan.map(({ action, object: of, difference }) => ({
    action,
    object: of,
    difference: difference.code,
  }));
  await books.recordRepair(subject.uid, { digest, approvedBy: counted.reviewer, items: items as Canonical });
  for (const item of plan) {
    signal.throwIfAborted();
    log.info({ action: item.action, object: item.object, difference: item.difference.code }, 'mending');
    await mend(term, item, digest);
  }
  await show(await differencesNow(term), repaired + plan.length, true);
}
