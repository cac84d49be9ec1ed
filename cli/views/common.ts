import type { Condition, ParameterValues } from '../../api/v1alpha1/index.ts';
import { type Resource, RESOURCES } from '../../domain/quantity.ts';
import { resourceNames } from '../../messages/books.ts';
import { columns, labels, texts } from '../../messages/cli-views.ts';
import type { KubeObject } from '../../kube/types.ts';
import { age, quantity, signedQuantity } from '../output/format.ts';
import type { Reader } from '../output/reader.ts';
import { type Column, fields } from '../output/table.ts';

/** Says of an object what the city's plan does not say. */
const ASSUMPTION = 'govcloud.dev/assumption';

export function nameColumn<T extends KubeObject>(): Column<T> {
  return { header: columns.name, value: ({ metadata }) => metadata.name };
}

export function namespaceColumn<T extends KubeObject>(): Column<T> {
  return { header: columns.namespace, value: ({ metadata }) => metadata.namespace ?? '-' };
}

export function ageColumn<T extends KubeObject>(): Column<T> {
  return { header: columns.age, value: ({ metadata }, { now }) => age(metadata.creationTimestamp, now) };
}

/** The line that marks an assumption on a page, if the object carries one. */
export function assumptionField(
  { metadata }: KubeObject,
  reader: Reader,
): readonly [string, string | undefined] {
  const text = metadata.annotations?.[ASSUMPTION];
  return [reader.text(labels.assumption), text === undefined ? undefined : reader.pick(text)];
}

/** Amounts in one line: `64 vCPU, 内存 256 GB, SSD 2,224 GB`. */
export function amounts(
  quantities: Readonly<Partial<Record<string, string>>> | undefined,
  reader: Reader,
): string {
  const parts = RESOURCES.filter((resource) => quantities?.[resource] !== undefined).map((resource) =>
    named(resource, quantity(resource, quantities?.[resource]), reader),
  );
  return parts.length === 0 ? '-' : parts.join(reader.language === 'zh' ? '，' : ', ');
}

function named(resource: Resource, text: string, reader: Reader): string {
  return resource === 'vcpu' ? `${text} vCPU` : `${reader.text(resourceNames[resource])} ${text}`;
}

/** Parameter values in one line: `vcpu=8, memoryGiB=32`. */
export function parameters(values: ParameterValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** A column of one resource's amount. */
export function amountColumn<T>(
  resource: Resource,
  get: (row: T) => Readonly<Partial<Record<string, string>>> | undefined,
  more: Partial<Column<T>> = {},
): Column<T> {
  return {
    header: resource === 'vcpu' ? columns.vcpu : columns[resource],
    value: (row) => quantity(resource, get(row)?.[resource]),
    align: 'right',
    ...more,
  };
}

/**
 * The day on which something is due, and whether that has gone by and was told further up.
 * @param conditions of the same: `Overdue` says so, by database time
 */
export function dueText(
  due: string | undefined,
  reader: Reader,
  conditions: readonly Condition[] = [],
): string | undefined {
  const late = conditions.find(({ type, status }) => type === 'Overdue' && status === 'True');
  return due === undefined || !late
    ? due
    : `${due} (${reader.text(late.reason === 'Escalated' ? texts.escalated : texts.overdue)})`;
}

/** A user name without what every one of the city has in front. */
export function person(name: string): string {
  return name.replace(/^system:serviceaccount:govcloud-people:/, '');
}

/** A heading and what stands under it, or nothing when that is nothing. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`)];
}

/** What an object's conditions say, or nothing where it has none. */
export function conditionSection(conditions: readonly Condition[] | undefined, reader: Reader): string[] {
  return section(
    reader.text(labels.conditions),
    fields(
      (conditions ?? []).map(
        ({ type, status, message }) => [`${type} ${status}`, reader.pick(message)] as const,
      ),
    ),
  );
}

/** Whether more of an account is granted and held than its limit, or else its soft limit, says; empty if not. */
export function standingText(
  resource: Resource,
  { hard, free, soft }: { readonly hard: string; readonly free: string; readonly soft?: string | undefined },
  reader: Reader,
): string {
  const left = signedQuantity(resource, free);
  if (left.isNegative()) return reader.text(texts.overdrawn);
  const used = signedQuantity(resource, hard).minus(left);
  const isAbove = soft !== undefined && used.compare(signedQuantity(resource, soft)) > 0;
  return isAbove ? reader.text(texts.aboveSoft) : '';
}
