import { describe, expect, it } from 'vitest';
import type { CatalogItem } from '../../api/v1alpha1/index.ts';
import { moneyOf } from '../request/money.ts';
import { takeOver } from '../request/transfer.ts';
import { AllocationLife } from '../testing/allocation-life.ts';
import { project } from '../testing/city.ts';
import { change, quotePicture } from '../testing/requests.ts';
import { lastDayOf, subjectOf } from '../usage/subject.ts';
import type { HeldDocument } from '../approval/ticket.ts';
import { ALLOCATION_LABEL, isStock } from './objects.ts';
import { agreementOf, handedOver, received } from './transfer.ts';

const ON = '2026-11-24';
const LOGIN = {
  name: 'login',
  each: 'allocation' as const,
  object:
    '{ apiVersion: v1, kind: Secret, metadata: { name: "${allocation.name}-login", labels: { of: "${allocation.organization}" } }, data: { password: "${secret(\'login\')}" } }',
};
const WITH_LOGIN = { templates: [LOGIN], readyWhen: 'true', credentials: { template: 'login' } };

function inUse(
  item: Partial<CatalogItem['spec']> = {},
  spec: ConstructorParameters<typeof AllocationLife>[0] = {},
) {
  const life = new AllocationLife(spec, item);
  if (spec?.adopted) life.findStock();
  life.run();
  life.makeReady();
  life.run();
  if (life.status.state === 'PendingAcceptance') life.handOver('accept');
  life.run();
  return life;
}

/** A posted transfer: the giver's record, and the receiver's with the member that both see. */
function hand(giver: AllocationLife, to: string, there?: AllocationLife): AllocationLife {
  const { metadata, spec } = giver.object;
  const { name, uid = '' } = metadata;
  const serial = `ZY-2026-${to}`;
  const target = { allocation: name, uid, revision: spec.revision, organization: spec.organization };
  const document = {
    request: { uid: `uid-${serial}-${spec.revision}`, namespace: `gov-${to}`, name: `req-${to}`, serial },
    generation: 1,
    spec: change('Transfer', { requester: `${to}-ops`, system: 'gate', project: 'hall', target }).spec,
    transfer: takeOver([], giver.object, []).takeover,
    round: 1,
  } as unknown as HeldDocument;
  giver.change((current) => handedOver(current, document, ON));
  const receiver = there ?? new AllocationLife();
  const given = received(document, there?.object.spec, ON);
  receiver.change(() => given);
  if (!there)
    Object.assign(receiver.object, {
      metadata: { name, namespace: `gov-${to}`, uid: `uid-of-${to}`, generation: 1 },
    });
  Object.assign(receiver, {
    item: giver.item,
    live: giver.live,
    namespaces: giver.namespaces,
    anchor: giver.anchor,
  });
  return receiver;
}

const seen = (life: AllocationLife) =>
  [...life.live].map(([key, { metadata, ...rest }]) => ({ key, uid: metadata.uid, ...rest }));
const labels = (life: AllocationLife) =>
  new Set(
    [...life.live.values()].map(
      ({ metadata }) => (metadata as { labels?: Record<string, string> }).labels?.[ALLOCATION_LABEL],
    ),
  );

describe('what is handed over', () => {
  it('stands as it stood: no object is made, changed or deleted, and its anchor keeps its uid', () => {
    const giver = inUse();
    const [before, anchor] = [seen(giver), giver.anchor?.uid];
    const receiver = hand(giver, 'haifeng');
    expect(giver.run()).toEqual(['project Transferred']);
    expect(receiver.run()).toEqual(['addFinalizer', 'writeAnchor', 'apply', 'project InUse']);
    expect(seen(receiver)).toEqual(before);
    expect(receiver.anchor?.uid).toBe(anchor);
    expect(receiver.anchor?.allocation).toBe('uid-of-haifeng');
    expect(labels(receiver)).toEqual(new Set(['uid-of-haifeng']));
    expect([receiver.condition('Accepted'), receiver.condition('Delivered')]).toEqual([
      'True Transferred',
      'True Delivered',
    ]);
    expect([giver.run(), receiver.run()]).toEqual([[], []]);
  });

  it('takes its credentials with it, under the password that it had', () => {
    const giver = inUse(WITH_LOGIN);
    const password = giver.hubSecret;
    expect(password).toBeDefined();
    const receiver = hand(giver, 'haifeng');
    expect(giver.run()).toEqual(['withdrawSecret', 'project Transferred']);
    expect([giver.hubSecret, giver.status.credentialsSecret]).toEqual([undefined, undefined]);
    receiver.run();
    expect(receiver.hubSecret).toEqual(password);
    expect(receiver.condition('InSync')).toBe('True AsApproved');
  });

  it('is left alone by who had it, whatever they still see of it', () => {
    const giver = inUse();
    const receiver = hand(giver, 'haifeng');
    receiver.run();
    giver.object.metadata.deletionTimestamp = '2026-11-25T00:00:00Z';
    giver.problem = 'down';
    expect(giver.run()).toEqual(['project Transferred', 'removeFinalizer']);
    expect(receiver.run()).toEqual([]);
    expect(seen(receiver)).toHaveLength(4);
  });

  it('is taken back from who wrote on it a moment too late', () => {
    const giver = inUse();
    giver.live.clear();
    const late = giver.next();
    expect(late.do).toBe('apply');
    const receiver = hand(giver, 'haifeng');
    receiver.run();
    giver.apply(late as Parameters<typeof giver.apply>[0]);
    expect(labels(receiver)).toEqual(new Set(['uid-allocation']));
    receiver.run();
    expect(labels(receiver)).toEqual(new Set(['uid-of-haifeng']));
  });

  it('is the receiver’s to resize, accept and release', () => {
    const receiver = hand(inUse(), 'haifeng');
    receiver.run();
    receiver.resize(3);
    receiver.run();
    receiver.makeReady();
    receiver.run();
    expect(receiver.status.state).toBe('PendingAcceptance');
    receiver.handOver('accept');
    receiver.run();
    expect(receiver.status.state).toBe('InUse');
    receiver.release();
    receiver.run();
    receiver.sweep();
    receiver.run();
    expect(receiver.status.state).toBe('Reclaimed');
    expect([receiver.live.size, receiver.anchor]).toEqual([0, undefined]);
  });

  it('may come back, and is then in use under its old record', () => {
    const giver = inUse();
    const before = seen(giver);
    const receiver = hand(giver, 'haifeng');
    giver.run();
    receiver.run();
    const back = hand(receiver, 'luhe', giver);
    expect(back).toBe(giver);
    expect(receiver.run()).toEqual(['project Transferred']);
    giver.run();
    expect(giver.status.state).toBe('InUse');
    expect(seen(giver)).toEqual(before);
    expect(giver.object.spec.changes.map(({ action }) => action)).toEqual([
      'Provision',
      'Transfer',
      'Transfer',
    ]);
    expect(giver.object.spec.formerHolders?.map(({ organization }) => organization)).toEqual([
      'luhe',
      'haifeng',
    ]);
  });

  it('stays as it is when it is suspended, and when it is opening stock that nobody has changed', () => {
    const still = inUse();
    still.suspend();
    still.run();
    still.makeReady();
    still.run();
    expect(still.status.state).toBe('Suspended');
    const taken = hand(still, 'haifeng');
    taken.run();
    expect(taken.status.state).toBe('Suspended');

    const stock = inUse({}, { adopted: true, changes: [] });
    expect(stock.status.state).toBe('InUse');
    const adopted = hand(stock, 'haifeng');
    adopted.live.delete('kubevirt.io/v1/VirtualMachine/req-1-web-1');
    adopted.run();
    expect(isStock(adopted.object)).toBe(true);
    expect(adopted.live.size).toBe(3);
    expect(adopted.condition('Ready')).toBe('Unknown NotFound');
  });

  it('is delivered by hand no second time', () => {
    const giver = new AllocationLife({ fulfilment: 'manual' }, { fulfilment: 'manual', templates: [] });
    giver.handOver('deliver');
    giver.run();
    giver.handOver('accept');
    giver.run();
    const receiver = hand(giver, 'haifeng');
    receiver.run();
    expect([receiver.status.state, receiver.condition('Ready')]).toEqual(['InUse', 'True Transferred']);
  });
});

describe('a day', () => {
  it('is of who has it at its end: the day of the transfer is the receiver’s, that before the giver’s', () => {
    const giver = inUse();
    const receiver = hand(giver, 'haifeng');
    giver.run();
    receiver.run();
    expect([lastDayOf(giver.object), receiver.object.spec.from, lastDayOf(receiver.object)]).toEqual([
      '2026-11-23',
      ON,
      undefined,
    ]);
    const names = (life: AllocationLife) => {
      const { measured, memberNamespace } = subjectOf(life.object, life.item);
      return { measured, memberNamespace };
    };
    expect(names(giver)).toEqual(names(receiver));
    expect(names(giver).measured.cpu.names).toHaveLength(2);
  });

  it('is paid by who has it', () => {
    const giver = inUse();
    const receiver = hand(giver, 'haifeng');
    const money = (namespace: string, name: string, life: AllocationLife) => {
      const own = project();
      const of = { ...own, metadata: { ...own.metadata, namespace, name } };
      const { request } = quotePicture();
      return moneyOf({ request, project: of, grants: [life.object], others: [], today: ON }, 0).committed
        .value;
    };
    expect(money('gov-luhe', 'digital', giver)).toBe(0n);
    expect(money('gov-haifeng', 'hall', receiver)).toBeGreaterThan(0n);
  });
});

describe('an agreement', () => {
  const agreed = { action: 'transfer' as const, revision: 2, by: 'ops', organization: 'haifeng' };
  it('is the last word on the revision that stands', () => {
    expect(agreementOf([agreed], 2)).toEqual(agreed);
    expect(agreementOf([agreed], 3)).toBeUndefined();
    expect(agreementOf([agreed, { action: 'keep', revision: 2, by: 'ops' }], 2)).toBeUndefined();
    expect(agreementOf([agreed, { action: 'accept', revision: 2, by: 'ops' }], 2)).toEqual(agreed);
    expect(agreementOf([{ action: 'keep', revision: 2, by: 'ops' }, agreed], 2)).toEqual(agreed);
  });
});
