import { z } from 'zod';
import { defineKind, type ObjectOf } from '../kind.ts';
import {
  conditions,
  dateText,
  generation,
  localized,
  objectName,
  oneLine,
  organizationCode,
} from './common.ts';

/**
 * A city, county, town or department. `metadata.name` is its permanent code; its namespace is always
 * `gov-<code>`, derived and never adopted.
 */
export const Organization = defineKind({
  kind: 'Organization',
  plural: 'organizations',
  singular: 'organization',
  shortNames: ['org', 'orgs'],
  namespaced: false,
  description: '组织：市、县（市、区）、镇（街道）、部门 / a city, county, town or department',
  spec: z.object({
    name: localized.describe('名称 / name'),
    aliases: z
      .array(oneLine(60))
      .max(10)
      .meta({ 'x-kubernetes-list-type': 'set' })
      .optional()
      .describe('简称与别名，导入表格时用 / short names and others that tables may use'),
    type: z.enum(['city', 'county', 'town', 'department']).describe('类型 / type'),
    parents: z
      .array(
        z.object({
          code: organizationCode.describe('上级组织代码 / code of the organisation above'),
          from: dateText.describe('生效日期 / from this day'),
        }),
      )
      .max(20)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['from'] })
      .describe('上级组织，按生效日期；市为空 / organisations above by date; empty for the city'),
    budgetUnit: z.boolean().describe('是否预算单位 / whether it is a budget unit'),
  }),
  status: z.object({
    namespace: objectName.optional().describe('命名空间 / its namespace'),
    conditions: conditions.optional(),
    observedGeneration: generation.optional(),
  }),
  columns: [
    { name: 'Name', type: 'string', jsonPath: '.spec.name.zh' },
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'Namespace', type: 'string', jsonPath: '.status.namespace' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      rule: 'size(self.metadata.name) <= 40',
      message: '组织代码最长 40 个字符 / a code has at most 40 characters',
    },
    {
      rule: "(self.spec.type == 'city') == (size(self.spec.parents) == 0)",
      message: '只有市没有上级组织 / the city, and only the city, has no organisation above it',
    },
    {
      rule: 'self.spec.parents.all(p, p.code != self.metadata.name)',
      message: '组织不能是自己的上级 / an organisation is not its own parent',
    },
  ],
});
export type Organization = ObjectOf<typeof Organization>;

/** The namespace of an organisation, derived from its code. */
export function namespaceOf(code: string): string {
  return `gov-${code}`;
}

/** The organisation's code of a namespace, or undefined when it is no organisation's namespace. */
export function codeOf(namespace: string): string | undefined {
  return namespace.startsWith('gov-') ? namespace.slice(4) : undefined;
}
