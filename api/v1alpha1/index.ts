import type { Kind } from '../kind.ts';
import { Allocation, StockImport } from './allocation.ts';
import { CatalogItem } from './catalogitem.ts';
import { Delegation } from './delegation.ts';
import {
  ApprovalFlow,
  CapacityPool,
  InformationSystem,
  MemberCluster,
  Project,
  Quota,
} from './infrastructure.ts';
import { Organization } from './organization.ts';
import { Repair } from './repair.ts';
import { ResourceRequest } from './resourcerequest.ts';
import { UsageFinding } from './usagefinding.ts';

export * from './allocation.ts';
export * from './catalogitem.ts';
export * from './common.ts';
export * from './delegation.ts';
export * from './infrastructure.ts';
export * from './organization.ts';
export * from './repair.ts';
export * from './resourcerequest.ts';
export * from './usagefinding.ts';

/** Every kind of the API, in the order in which they are documented. */
export const KINDS: readonly Kind[] = [
  Organization,
  MemberCluster,
  CapacityPool,
  CatalogItem,
  ApprovalFlow,
  Delegation,
  Quota,
  InformationSystem,
  Project,
  ResourceRequest,
  Allocation,
  StockImport,
  UsageFinding,
  Repair,
];
