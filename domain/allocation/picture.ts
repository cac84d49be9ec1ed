import type { Allocation, CatalogItem, Handover } from '../../api/v1alpha1/index.ts';
import type { Json } from '../catalogue/expressions.ts';
import type { MemberObject } from '../catalogue/render.ts';
import type { ResourceVector } from '../quantity.ts';
import type { Identity } from './objects.ts';
import type { TermPolicy } from './term.ts';

/** A copy of a delivery, acceptance or refusal, as the books have it. */
export interface HandoverCopy extends Handover {
  readonly position: number;
  readonly decidedAt: string;
}

/** What was seen in the member. `undefined` where it did not answer. */
export interface MemberPicture {
  /** Of its namespace there; undefined while there is none, or it goes. */
  readonly namespaceUid: string | undefined;
  /** The anchor, the uid of the allocation that it is labelled with, and the inventory that it records. */
  readonly anchor:
    | {
        readonly uid: string;
        readonly allocation: string | undefined;
        readonly inventory: readonly Identity[];
      }
    | undefined;
  /** Live objects of the inventory and of what is desired, by `identityKey`. */
  readonly live: ReadonlyMap<string, Json>;
}

export interface AllocationPicture {
  readonly allocation: Allocation;
  /** ISO 8601, database time: a clock that is wrong must not end a term. */
  readonly now: string;
  /** The item's spec at the version that was granted. */
  readonly item: CatalogItem['spec'] | undefined;
  readonly member: MemberPicture | { readonly problem: string };
  readonly handovers: readonly HandoverCopy[];
  /** What the city has published; empty when it has nothing, and then nothing comes of the end of a term. */
  readonly termPolicies: readonly TermPolicy[];
  readonly secretOf: (label: string) => string;
}

/** The operator's part of the status: all but the handovers, which are people's. */
export type Projection = Omit<NonNullable<Allocation['status']>, 'handovers'>;

/** Whose decision has disks erased: an approved request's, or one on what was retained. */
export interface ErasureBasis {
  /** Of the request that took them out of use. */
  readonly serial: string;
  /** Who decided on what was retained. */
  readonly by?: string;
  readonly comment?: string;
}

export type AllocationAction =
  | { readonly do: 'addFinalizer' }
  | {
      readonly do: 'recordHandovers';
      readonly handovers: readonly { position: number; handover: Handover }[];
    }
  | { readonly do: 'ensureNamespace'; readonly namespace: string }
  | { readonly do: 'writeAnchor'; readonly namespace: string; readonly inventory: readonly Identity[] }
  | { readonly do: 'apply'; readonly anchor: string; readonly objects: readonly MemberObject[] }
  | {
      readonly do: 'delete';
      readonly objects: readonly { readonly identity: Identity; readonly live: Json }[];
      /** What was decided that has disks among them erased. */
      readonly basis: ErasureBasis;
    }
  | { readonly do: 'deleteAnchor'; readonly namespace: string; readonly uid: string }
  | {
      readonly do: 'deleteNamespace';
      readonly namespace: string;
      readonly uid: string;
      /** What was decided that has the disks in it erased. */
      readonly basis: ErasureBasis;
    }
  | {
      readonly do: 'credit';
      readonly request: string;
      readonly generation: number;
      /** 1 for what goes first, 2 for disks that were retained. */
      readonly attempt: 1 | 2;
      readonly amounts: ResourceVector;
      /** What is written once the books have it: the status of what is reclaimed, or the end of a pending credit. */
      readonly and: { readonly status: Projection } | 'settle';
    }
  | { readonly do: 'copySecret'; readonly name: string; readonly data: Json; readonly digest: string }
  | { readonly do: 'withdrawSecret'; readonly name: string; readonly status: Projection }
  | { readonly do: 'project'; readonly status: Projection }
  | { readonly do: 'removeFinalizer' }
  | { readonly do: 'wait' };
