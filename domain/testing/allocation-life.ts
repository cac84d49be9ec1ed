import type { Allocation, CatalogItem, Handover } from '../../api/v1alpha1/index.ts';
import { decideAllocation } from '../allocation/decide.ts';
import {
  desiredObjects,
  firstHolderOf,
  type Identity,
  identityKey,
  identityOf,
  memberNamespaceOf,
} from '../allocation/objects.ts';
import type {
  AllocationAction,
  AllocationPicture,
  ErasureBasis,
  HandoverCopy,
} from '../allocation/picture.ts';
import type { TermPolicy } from '../allocation/term.ts';
import { cityDay } from '../calendar.ts';
import type { Json } from '../catalogue/expressions.ts';
import { derivedSecret, DISK_KINDS, type MemberObject } from '../catalogue/render.ts';
import { ResourceVector } from '../quantity.ts';
import { frozen, machineItem } from './city.ts';
import { allocation, NOW } from './requests.ts';

const MAX_STEPS = 40;
const KEY = Buffer.from('a key');

type Doing = Exclude<AllocationAction, { do: 'wait' }>;
type Fields = { [field: string]: Json | undefined };
type Live = Fields & { metadata: Fields & { name: string; uid: string; deletionTimestamp?: string } };

/**
 * An allocation, its object, its books and its member in memory, with the operator's part played by
 * `decideAllocation`: for tests. Deletions take until `sweep`, as they do where finalizers are.
 */
export class AllocationLife {
  readonly object: Allocation;
  item: CatalogItem['spec'] | undefined;
  readonly namespaces = new Set<string>();
  anchor: { uid: string; allocation: string | undefined; inventory: readonly Identity[] } | undefined;
  readonly live = new Map<string, Live>();
  readonly credited = new Map<string, ResourceVector>();
  /** What the books have posted for it: grants add to it before they are written, credits take from it. */
  posted: ResourceVector;
  readonly handovers: HandoverCopy[] = [];
  hubSecret: Json | undefined;
  /** What the member says instead of answering. */
  problem: string | undefined;
  removed = false;
  termPolicies: readonly TermPolicy[] = [];
  /** What was told to the books before disks were deleted. */
  readonly erased: (ErasureBasis & { readonly name: string })[] = [];
  now = Date.parse(NOW);
  private uids = 0;
  /** Rendering is most of the time that a long life takes. */
  private rendered:
    | {
        readonly spec: string;
        readonly item: CatalogItem['spec'];
        readonly objects: ReturnType<typeof desiredObjects>;
      }
    | undefined;

  constructor(spec: Partial<Allocation['spec']> = {}, item: Partial<CatalogItem['spec']> = {}) {
    this.object = structuredClone(allocation(spec));
    this.item = machineItem(item).spec;
    this.posted = ResourceVector.parse(this.object.spec.consumes);
  }

  get status(): NonNullable<Allocation['status']> {
    return this.object.status ?? {};
  }

  /** A condition as `True Reason`. */
  condition(type: string): string | undefined {
    const found = this.status.conditions?.find((it) => it.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  secretOf(label: string): string {
    return derivedSecret(KEY, `${firstHolderOf(this.object).namespace}/${this.object.metadata.name}`, label);
  }

  /** What is to stand, or may still stand of what is released: what tests compare the member with. */
  desired(): ReturnType<typeof desiredObjects> {
    const { item, object } = this;
    if (!item) return [];
    const spec = JSON.stringify(object.spec);
    if (this.rendered?.spec !== spec || this.rendered.item !== item) {
      this.rendered = { spec, item, objects: desiredObjects(object, item, (label) => this.secretOf(label)) };
    }
    return this.rendered.objects;
  }

  picture(): AllocationPicture {
    const wanted = this.desired();
    const asked = [...(this.anchor?.inventory ?? []), ...wanted.map(identityOf)].map(identityKey);
    const live = new Map(
      asked.flatMap((key) =>
        this.live.has(key) ? [[key, structuredClone(this.live.get(key)) as Json] as const] : [],
      ),
    );
    const [namespaceUid] = this.namespaces;
    const member = { namespaceUid, anchor: structuredClone(this.anchor), live };
    return frozen({
      allocation: structuredClone(this.object),
      now: new Date(this.now).toISOString(),
      item: this.item,
      member: this.problem === undefined ? member : { problem: this.problem },
      handovers: structuredClone(this.handovers),
      termPolicies: this.termPolicies,
      secretOf: (label: string) => this.secretOf(label),
    });
  }

  next(): AllocationAction {
    return decideAllocation(this.picture());
  }

  /** Acts until there is nothing to do; what was done, a word each. @throws Error when it does not come to rest */
  run(around: (action: Doing) => void = (action) => this.apply(action)): string[] {
    const done: string[] = [];
    for (let step = 0; step < MAX_STEPS; step++) {
      const action = this.removed ? ({ do: 'wait' } as const) : this.next();
      if (action.do === 'wait') return done;
      done.push(action.do === 'project' ? `project ${action.status.state}` : action.do);
      around(action);
    }
    throw new Error(`no rest after ${MAX_STEPS} steps: ${done.join(', ')}`);
  }

  /** Carries an action out. Doing it twice is the same as once. */
  apply(action: Doing): void {
    switch (action.do) {
      case 'addFinalizer':
        this.object.metadata.finalizers = ['govcloud.dev/member'];
        return;
      case 'removeFinalizer':
        this.removed = true;
        return;
      case 'recordHandovers':
        for (const { position, handover } of action.handovers) {
          if (this.handovers.some((it) => it.position === position)) continue;
          this.handovers.push({ ...handover, position, decidedAt: new Date(this.now).toISOString() });
        }
        return;
      case 'ensureNamespace':
        this.namespaces.add(action.namespace);
        return;
      case 'writeAnchor':
        this.anchor = {
          uid: this.anchor?.uid ?? this.uid(),
          allocation: this.object.metadata.uid,
          inventory: structuredClone(action.inventory),
        };
        return;
      case 'apply':
        for (const object of action.objects) this.put(object);
        return;
      case 'delete':
        for (const { identity } of action.objects)
          if (DISK_KINDS.has(identity.kind)) this.erased.push({ name: identity.name, ...action.basis });
        for (const { identity, live } of action.objects)
          this.remove(identityKey(identity), (live as unknown as Live).metadata.uid);
        return;
      case 'deleteAnchor':
        if (this.anchor?.uid === action.uid) this.anchor = undefined;
        return;
      case 'deleteNamespace':
        this.namespaces.delete(action.namespace);
        return;
      case 'credit': {
        const key = `${action.request}/${action.generation}${action.attempt === 1 ? '' : `/${action.attempt}`}`;
        if (!this.credited.has(key)) {
          this.credited.set(key, action.amounts);
          this.posted = this.posted.minus(action.amounts);
        }
        if (action.and !== 'settle') return this.project(action.and.status);
        delete this.object.spec.pendingCredit;
        return;
      }
      case 'copySecret':
        this.hubSecret = structuredClone(action.data);
        return this.project({
          ...this.status,
          credentialsSecret: action.name,
          credentialsDigest: action.digest,
        });
      case 'withdrawSecret':
        this.hubSecret = undefined;
        return this.project(action.status);
      case 'project':
        return this.project(action.status);
    }
  }

  /** What was being deleted is gone. */
  sweep(): void {
    for (const [key, { metadata }] of this.live)
      if (metadata.deletionTimestamp !== undefined) this.live.delete(key);
  }

  /** The member's controllers make what stands ready, and stop what is halted. */
  makeReady(isReady = true): void {
    for (const object of this.live.values()) {
      const stopped = (object['spec'] as { runStrategy?: string } | undefined)?.runStrategy === 'Halted';
      object['status'] = { ready: isReady && !stopped, stopped, phase: 'Bound' };
    }
  }

  /** Puts what is to stand into the member as a running cloud has it: ownerless, by somebody else. */
  findStock(keep: (key: string) => boolean = () => true): void {
    if (this.item) this.namespaces.add(memberNamespaceOf(this.object, this.item));
    for (const { object } of this.desired()) {
      const key = identityKey({ ...object, name: object.metadata.name });
      if (keep(key))
        this.live.set(key, {
          ...structuredClone(object),
          metadata: { ...structuredClone(object.metadata), uid: this.uid() },
        } as Live);
    }
  }

  handOver(action: Handover['action'], more: Partial<Handover> = {}): void {
    const { requester, revision, contentRevision } = this.object.spec;
    const base: Handover =
      action === 'deliver'
        ? { action, revision, by: 'engineer', evidence: 'a photograph' }
        : action === 'accept' || action === 'refuse'
          ? { action, revision: contentRevision, by: requester }
          : { action, revision, by: 'office', comment: 'because' };
    this.object.status = {
      ...this.status,
      handovers: [...(this.status.handovers ?? []), { ...base, ...more }],
    };
  }

  /** The hub was set back to when so many handovers were there; what the books have copied stays. */
  setBack(handovers: number): void {
    this.object.status = {
      ...this.status,
      handovers: (this.status.handovers ?? []).slice(0, handovers),
    };
  }

  /** A posted change, as the grant writes it. */
  change(to: (spec: Allocation['spec']) => Allocation['spec']): void {
    this.object.spec = structuredClone(to(this.object.spec));
    this.object.metadata.generation = (this.object.metadata.generation ?? 0) + 1;
  }

  /** Approves a release. */
  release(): void {
    const releasedOn = cityDay(new Date(this.now).toISOString());
    this.change((spec) => ({ ...spec, ...this.entry('Release'), released: true, releasedOn }));
  }

  /** Approves that it stands still. */
  suspend(): void {
    this.change((spec) => ({ ...spec, ...this.entry('Suspend'), suspended: true }));
  }

  /** Approves that it runs again. */
  resume(): void {
    this.change(({ suspended: _over, ...spec }) => ({ ...spec, ...this.entry('Resume') }));
  }

  /** Approves another end of its term. */
  renew(until: string): void {
    this.change((spec) => ({ ...spec, ...this.entry('Renew'), until }));
  }

  /** Approves another quantity: what it adds is posted, what it frees is to be credited. */
  resize(quantity: number): void {
    this.change((spec) => {
      const consumes = {
        vcpu: String(4 * quantity),
        memory: `${8 * quantity}Gi`,
        ssd: `${100 * quantity}Gi`,
      };
      const difference = ResourceVector.parse(consumes).minus(ResourceVector.parse(spec.consumes));
      this.posted = this.posted.plus(difference.positivePart());
      const freed = difference.times(-1).positivePart();
      const { revision, changes } = this.entry('Resize');
      const next = { ...spec, revision, changes, quantity, consumes, contentRevision: revision };
      const { request, generation } = changes.at(-1) as (typeof changes)[number];
      return freed.isZero()
        ? next
        : { ...next, pendingCredit: { request, generation, amounts: freed.toQuantities() } };
    });
  }

  private entry(
    action: Allocation['spec']['changes'][number]['action'],
  ): Pick<Allocation['spec'], 'revision' | 'changes'> {
    const revision = this.object.spec.revision + 1;
    const entry = {
      revision,
      action,
      request: `uid-${action}-${revision}`,
      generation: 1,
      serial: `ZY-2026-00000${revision}`,
    };
    return { revision, changes: [...this.object.spec.changes, entry] };
  }

  private uid(): string {
    this.uids += 1;
    return `uid-${this.uids}`;
  }

  private project(status: object): void {
    const { handovers } = this.status;
    this.object.status = { ...structuredClone(status), ...(handovers === undefined ? {} : { handovers }) };
  }

  /** Server-side apply: what is given is written, the rest stays; an object that is not there is made. */
  private put(object: MemberObject): void {
    const key = identityKey({ ...object, name: object.metadata.name });
    const old = this.live.get(key);
    const given = structuredClone(object) as unknown as Live;
    if (given.metadata.uid !== undefined && given.metadata.uid !== old?.metadata.uid) return;
    const metadata = { ...old?.metadata, ...given.metadata, uid: old?.metadata.uid ?? this.uid() };
    this.live.set(key, { ...old, ...given, metadata });
  }

  private remove(key: string, uid: string): void {
    const object = this.live.get(key);
    if (object?.metadata.uid === uid) object.metadata.deletionTimestamp ??= new Date(this.now).toISOString();
  }
}
