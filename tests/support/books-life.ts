import { carryDecisions, recordDecisions } from '../../books/decisions.ts';
import { type HoldInput, Ledger } from '../../books/ledger.ts';
import { assignSerial, closeRequest } from '../../books/requests.ts';
import type { Session } from '../../books/session.ts';
import { recordNotices } from '../../books/notifications.ts';
import { recordActiveUsers } from '../../books/active-users.ts';
import { recordUse } from '../../books/usage.ts';
import { Amount } from '../../domain/quantity.ts';
import type { Notice } from '../../domain/notification/notices.ts';
import type { AccountKey, Demand } from '../../domain/quota/fit.ts';

/** A county and its town, and what requests do to their accounts. */

const account = (holder: string): AccountKey => {
  return { holderKind: 'organisation', holder, zone: '*', arch: '*', resource: 'vcpu' };
};
const county = account('luhe');
const town = account('hedong');
export const ref = (requestUid: string, generation = 1, attempt = 1) => ({ requestUid, generation, attempt });
export const leg = (of: AccountKey, value: number): Demand => ({
  account: of,
  amount: Amount.of('millicores', value),
});
export const asking = (requestUid: string, value: number, more: Partial<HoldInput> = {}): HoldInput => ({
  ...ref(requestUid),
  ticket: 'ticket-1',
  document: { request: requestUid, lines: [{ item: 'vm', quantity: 1 }] },
  legs: [leg(county, value)],
  ttlSeconds: 600,
  ...more,
});

/** Gives the county and its town so much. */
export const setLimits = (ledger: Ledger, hard: number, generation = 1) =>
  ledger.limit({
    ...ref('quota', generation),
    limits: [county, town].map((of) => ({ account: of, hard: Amount.of('millicores', hard) })),
  });

/** Every kind of row that the books can have; each name says what became of it. */
export async function liveALittle(session: Session): Promise<void> {
  const ledger = new Ledger(session);
  await setLimits(ledger, 1000);
  await ledger.hold(asking('pending', 10));
  await ledger.hold(asking('posted', 20));
  await ledger.post(ref('posted'), 'ticket-1');
  await ledger.hold(asking('void', 30));
  await ledger.void(ref('void'));
  await ledger.hold(asking('replaced', 40));
  await ledger.replace(ref('replaced'), asking('replaced', 50, { attempt: 2 }));
  await ledger.hold(asking('credited', 60));
  await ledger.post(ref('credited'), 'ticket-1');
  const origin = { requestUid: 'credited', generation: 1 };
  await ledger.credit({ ...ref('release'), origin, legs: [leg(county, 60)] });
  await ledger.hold(asking('nothing', 0));
  await ledger.post(ref('nothing'), 'ticket-1');
  await ledger.open({
    key: { requestUid: 'f'.repeat(64), generation: 1, attempt: 1 },
    ticket: 'batch',
    document: { row: 1 },
    legs: [leg(town, 70)],
    effectiveAt: new Date('2024-03-01T00:00:00+08:00'),
  });
  const subject = { kind: 'ResourceRequest', uid: 'posted', namespace: 'gov-luhe', name: 'req' };
  const decision = { generation: 1, step: 'initial', verdict: 'approve', ticket: 'ticket-0' };
  await recordDecisions(session, subject, [{ ...decision, position: 0, reviewer: 'person' }]);
  await carryDecisions(session, subject, {
    fromTicket: 'ticket-0',
    toTicket: 'ticket-1',
    steps: ['initial'],
  });
  await assignSerial(session, { requestUid: 'posted', prefix: 'ZY', year: 2026 });
  const document = { spec: { quantity: 1 } };
  const closed = { serial: 'ZY-2026-000001', namespace: 'gov-luhe', name: 'req', document };
  await closeRequest(session, { uid: 'posted', ...closed });
  const names = { namespace: 'gov-luhe', name: 'req-vm', organization: 'luhe', system: 'portal', item: 'vm' };
  await recordUse(session, '2026-03-01', [
    {
      metered: {
        uid: 'posted-vm',
        ...names,
        pool: 'pool-a',
        zone: 'extranet',
        arch: 'amd64',
        series: { cpu: ['s'] },
      },
      granted: { cpu: 20n, memory: 0n, storage: 0n, network: 0n },
      used: [{ resource: 'cpu', samples: 0, faults: [{ code: 'invalid', series: 's{a="b"}', steps: 288 }] }],
    },
  ]);
  await recordActiveUsers(session, '2026-03-01', [
    {
      organization: 'luhe',
      system: 'portal',
      told: { samples: 288, users: { active: 2 ** 53 - 1, target: 0 }, faults: [] },
    },
  ]);
  const notice = {
    key: 'posted/submitted/ticket-1',
    kind: 'Submitted',
    text: { zh: '已提交', en: 'submitted' },
  };
  await recordNotices(session, ['file'], [notice as Notice]);
}
