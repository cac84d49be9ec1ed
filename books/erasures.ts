import { sql } from 'kysely';
import type { ErasureBasis } from '../domain/allocation/picture.ts';
import type { Canonical } from '../domain/canonical.ts';
import type { DecisionSubject } from './decisions.ts';
import { lockKeys, type Session, write } from './session.ts';

/** A disk that is erased, and where it stood. */
export interface ErasedDisk {
  readonly cluster: string;
  /** In the member. */
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** The action under which the audit chain has it. */
const ERASE = 'allocation.erase';

/**
 * Says in the audit chain which disks of an allocation are erased, where, and on whose decision, before it is done. Each is
 * said once, however often it is repeated.
 * @throws GovError E_FENCED
 */
export async function recordErasures(
  session: Session,
  subject: Omit<DecisionSubject, 'kind'>,
  { serial, by, comment }: ErasureBasis,
  disks: readonly ErasedDisk[],
): Promise<void> {
  await write(session, async ({ trx, record }) => {
    await lockKeys(trx, [subject.uid]);
    const said = await trx
      .selectFrom('audit')
      .where('subject', '=', subject.uid)
      .where('action', '=', ERASE)
      .select(sql<string>`body #>> '{disk,uid}'`.as('uid'))
      .execute();
    const known = new Set(said.map(({ uid }) => uid));
    for (const disk of disks.filter(({ uid }) => !known.has(uid))) {
      const body = {
        allocation: `${subject.namespace}/${subject.name}`,
        disk: { ...disk },
        serial,
        ...(by === undefined ? {} : { decidedBy: by }),
        ...(comment === undefined ? {} : { comment }),
        erasedBy: session.actor,
      } satisfies Record<string, Canonical>;
      record({ actor: by ?? session.actor, action: ERASE, subject: subject.uid, body });
    }
  });
}
