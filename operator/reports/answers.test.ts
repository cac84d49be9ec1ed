import { describe, expect, it } from 'vitest';
import { formatOf, itemAnswer, listAnswer } from './answers.ts';
import { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';
import type { ReportResource } from './resource.ts';
import { reportResources } from './resources.ts';

describe('formatOf', () => {
  const kubectl =
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

  it.each([
    [undefined, 'objects'],
    ['', 'objects'],
    ['*/*', 'objects'],
    ['application/*', 'objects'],
    ['application/json', 'objects'],
    ['application/vnd.kubernetes.protobuf, application/json;q=0.5', 'objects'],
    [kubectl, 'table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'objects'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json', 'objects'],
  ])('%s: %s', (accept, format) => {
    expect(formatOf(accept)).toBe(format);
  });

  it.each([
    'application/yaml',
    'application/vnd.kubernetes.protobuf',
    'application/json;as=Table;v=v2;g=meta.k8s.io',
  ])('refuses %s', (accept) => {
    expect(() => formatOf(accept)).toThrow(/^E_REPORT_ACCEPT/);
  });
});

describe('tables', () => {
  const resource = reportResources.get('auditrecords') as ReportResource;
  const at = '2026-01-31T00:00:00.000Z';
  const fields = {
    seq: 7,
    at,
    actor: 'operator',
    action: 'ledger.post',
    subject: 'uid',
    body: {},
    hash: 'ff',
  };
  const item = { metadata: { name: '7' }, ...fields };
  const rows = (query: string) => {
    const parameters = new Parameters('auditrecords', new URLSearchParams(query));
    return listAnswer(resource, { items: [item], next: '7' }, 'table', parameters);
  };

  it('carry what the caller wants of the objects', () => {
    const cells = ['7', at, 'operator', 'ledger.post', 'uid', 'ff'];
    const metadata = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: item.metadata };
    const object = { kind: 'AuditRecord', apiVersion: 'reports.govcloud.dev/v1alpha1', ...item };
    expect(rows('')).toMatchObject({
      kind: 'Table',
      metadata: { continue: '7' },
      rows: [{ cells, object: metadata }],
    });
    expect(rows('includeObject=Object')).toMatchObject({ rows: [{ cells, object }] });
    expect(rows('includeObject=None')).toMatchObject({ rows: [{ cells }] });
    expect(rows('includeObject=None')).not.toHaveProperty('rows.0.object');
    expect(() => rows('includeObject=All')).toThrow(Refusal);
  });

  it('of every resource have as many cells as columns, the name first', () => {
    const parameters = new Parameters('auditrecords', new URLSearchParams());
    const table = itemAnswer(resource, item, 'table', parameters) as {
      columnDefinitions: { name: string; format: string }[];
      rows: { cells: unknown[] }[];
    };
    expect(table.columnDefinitions[0]).toMatchObject({ name: 'Name', format: 'name' });
    expect(table.rows[0]?.cells).toHaveLength(table.columnDefinitions.length);
    for (const { columns } of reportResources.values()) expect(columns[0]?.name).toBe('Name');
  });
});

describe('a refusal', () => {
  it('names an object that is not there, and no object for a path that is not there', () => {
    const missing = new Refusal('E_REPORT_NOT_FOUND', { resource: 'capacity', name: 'pool-x' });
    expect(missing.toStatus('g')).toMatchObject({
      kind: 'Status',
      code: 404,
      reason: 'NotFound',
      details: { name: 'pool-x', kind: 'capacity', group: 'g' },
    });
    expect(new Refusal('E_REPORT_PATH', { path: '/x' }).toStatus('g')).not.toHaveProperty('details');
  });
});
