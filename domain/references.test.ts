import { describe, expect, it } from 'vitest';
import type { Quota } from '../api/v1alpha1/index.ts';
import { type Reason, reasonText } from './errors.ts';
import {
  itemReferences,
  loanReasons,
  organizationReferences,
  poolReferences,
  quotaReferences,
  resolvedRefs,
  zonesOf,
} from './references.ts';
import { byName, cluster, machineItem, ORGANIZATIONS, organization, pool, quota } from './testing/city.ts';

const TODAY = '2026-11-27';
const told = (reasons: readonly Reason[]) => reasons.map(({ code, where }) => `${code} ${where}`);

describe('organisations above', () => {
  const luhe = (...parents: { code: string; from: string }[]) => organization('luhe', 'county', parents);
  const judged = (it: ReturnType<typeof luhe>) =>
    told(organizationReferences(it, new Map([...ORGANIZATIONS, [it.metadata.name, it]]), TODAY));

  it.each<[string, { code: string; from: string }[], readonly string[]]>([
    ['that are there', [{ code: 'shanwei', from: '2000-01-01' }], []],
    [
      'of which two are not there, one of them once',
      [
        { code: 'nobody', from: '2000-01-01' },
        { code: 'shanwei', from: '2001-01-01' },
        { code: 'no-one', from: '2030-01-01' },
      ],
      [
        'E_ORGANIZATION_UNKNOWN spec.parents[2000-01-01].code',
        'E_ORGANIZATION_UNKNOWN spec.parents[2030-01-01].code',
      ],
    ],
    ['from next year on', [{ code: 'shanwei', from: '2027-01-01' }], ['E_ORGANIZATION_TREE spec.parents']],
    ['that are below', [{ code: 'hetian', from: '2000-01-01' }], ['E_ORGANIZATION_TREE spec.parents']],
    [
      'that were below when it did not stand there',
      [
        { code: 'hetian', from: '2000-01-01' },
        { code: 'shanwei', from: '2001-01-01' },
      ],
      [],
    ],
    [
      'that will be below',
      [
        { code: 'shanwei', from: '2000-01-01' },
        { code: 'hetian', from: '2027-01-01' },
      ],
      ['E_ORGANIZATION_TREE spec.parents'],
    ],
  ])('%s', (_what, parents, wanted) => {
    expect(judged(luhe(...parents))).toEqual(wanted);
  });

  it('of one above are told there', () => {
    const broken = luhe({ code: 'nobody', from: '2000-01-01' });
    const organizations = new Map([...ORGANIZATIONS, ['luhe', broken]]);
    const hetian = ORGANIZATIONS.get('hetian') as typeof broken;
    expect(organizationReferences(hetian, organizations, TODAY)).toEqual([]);
  });
});

describe('a pool’s member cluster', () => {
  const clusters = byName([cluster('extranet', 'extranet'), cluster('internet', 'internet')]);

  it.each<[string, string, readonly string[]]>([
    ['that is there', 'extranet', []],
    ['that is not there', 'extranat', ['E_CLUSTER_UNKNOWN spec.cluster']],
    ['of another zone', 'internet', ['E_CLUSTER_ZONE spec.cluster']],
  ])('%s', (_what, name, wanted) => {
    expect(told(poolReferences(pool('pool', { cluster: name }), clusters))).toEqual(wanted);
  });
});

describe('a quota', () => {
  const around = {
    organizations: ORGANIZATIONS,
    zones: new Set(['extranet']),
    beside: [],
    today: TODAY,
    hasSystem: (system: string) => system === 'portal',
  };
  const judged = (namespace: string, more: Pick<Quota['spec'], 'child' | 'zone'>) => {
    const { spec } = quota('luhe', more);
    const metadata = { name: 'quota', namespace };
    const object = { apiVersion: 'govcloud.dev/v1alpha1', kind: 'Quota', metadata, spec };
    return told(quotaReferences(object, around));
  };

  it.each<[string, string, Pick<Quota['spec'], 'child' | 'zone'>, readonly string[]]>([
    ['to one below', 'gov-luhe', { child: { organization: 'hetian' }, zone: 'extranet' }, []],
    ['of the city to itself', 'gov-shanwei', { child: { organization: 'shanwei' } }, []],
    ['to a system of the giver', 'gov-luhe', { child: { system: 'portal' } }, []],
    [
      'to nobody',
      'gov-luhe',
      { child: { organization: 'hetain' } },
      ['E_ORGANIZATION_UNKNOWN spec.child.organization'],
    ],
    [
      'to one above',
      'gov-hetian',
      { child: { organization: 'luhe' } },
      ['E_QUOTA_CHILD spec.child.organization'],
    ],
    [
      'of a county to itself',
      'gov-luhe',
      { child: { organization: 'luhe' } },
      ['E_QUOTA_CHILD spec.child.organization'],
    ],
    [
      'to a system that is not registered',
      'gov-luhe',
      { child: { system: 'protal' } },
      ['E_SYSTEM_UNKNOWN spec.child.system'],
    ],
    [
      'in a zone that nobody serves',
      'gov-luhe',
      { child: { organization: 'hetian' }, zone: 'extranat' },
      ['E_ZONE_UNKNOWN spec.zone'],
    ],
    [
      'of nobody, to nobody, nowhere: all at once',
      'default',
      { child: { organization: 'nobody' }, zone: 'nowhere' },
      [
        'E_QUOTA_NAMESPACE metadata.namespace',
        'E_ORGANIZATION_UNKNOWN spec.child.organization',
        'E_ZONE_UNKNOWN spec.zone',
      ],
    ],
    [
      'in a namespace that only looks like an organisation’s',
      'gov-nobody',
      { child: { organization: 'luhe' } },
      ['E_QUOTA_NAMESPACE metadata.namespace'],
    ],
  ])('%s', (_what, namespace, more, wanted) => {
    expect(judged(namespace, more)).toEqual(wanted);
  });
});

describe('a loan', () => {
  const named = (name: string, more: Partial<Quota['spec']> = {}): Quota => ({
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name, namespace: 'gov-shanwei' },
    spec: { child: { organization: name }, limits: { vcpu: '10' }, basis: '文号', ...more },
  });
  const lending = (vcpu: string, borrower: string) =>
    named('luhe', {
      grants: [{ name: 'g', limits: { vcpu: '5' }, from: '2026-01-01', until: '2026-01-31', basis: '文号' }],
      loans: [
        { name: 'l', borrower, limits: { vcpu }, from: '2026-01-15', until: '2026-02-28', basis: '文号' },
      ],
    });

  it.each([
    ['of what there is', '10', 'haifeng', []],
    ['of more than there is on some day', '11', 'haifeng', ['E_LOAN_EXCEEDED spec.loans[l] 2026-02-01']],
    ['to nobody', '1', 'nobody', ['E_LOAN_BORROWER spec.loans[l] undefined']],
    ['to itself', '1', 'luhe', ['E_LOAN_BORROWER spec.loans[l] undefined']],
  ])('%s is told', (_, vcpu, borrower, wanted) => {
    const quota = lending(vcpu, borrower);
    const reasons = loanReasons(quota, [quota, named('haifeng')], '2026-01-10');
    expect(reasons.map(({ code, where, params }) => `${code} ${where} ${String(params['day'])}`)).toEqual(
      wanted,
    );
  });
});

it('a loan that is over is told nothing of', () => {
  const grants = { limits: { vcpu: '1' }, from: '2026-01-15', until: '2026-02-28', basis: '文号' };
  const { spec } = quota('shanwei', { child: { organization: 'luhe' } });
  const over = { ...spec, loans: [{ name: 'l', borrower: 'nobody', ...grants }] };
  const metadata = { name: 'luhe', namespace: 'gov-shanwei' };
  expect(loanReasons({ metadata, spec: over }, [], '2026-02-28')).toHaveLength(1);
  expect(loanReasons({ metadata, spec: over }, [], '2026-03-01')).toEqual([]);
});

describe('a catalogue item', () => {
  const zones = zonesOf([pool('pool', { zone: 'extranet' })], [cluster('spare', 'internet')]);

  it('is offered in zones that a pool is in or that a member serves', () => {
    expect(itemReferences(machineItem({ zones: ['extranet', 'internet'] }), zones)).toEqual([]);
  });

  it('is told each zone that is none, and those that there are', () => {
    const [reason, ...more] = itemReferences(machineItem({ zones: ['extranet', 'secret'] }), zones);
    expect(more).toEqual([]);
    expect(reason && reasonText(reason, 'en')).toBe('there is no zone secret; there are extranet, internet');
  });
});

describe('the condition', () => {
  it('says which field names what is not there, in both languages', () => {
    const reasons = poolReferences(pool('pool', { cluster: 'nowhere' }), new Map());
    expect(resolvedRefs([])).toMatchObject({ type: 'ResolvedRefs', status: 'True', reason: 'Resolved' });
    expect(resolvedRefs(reasons)).toMatchObject({
      status: 'False',
      reason: 'NotFound',
      params: {
        problems: {
          zh: 'E_CLUSTER_UNKNOWN spec.cluster: 没有成员集群 nowhere',
          en: 'E_CLUSTER_UNKNOWN spec.cluster: there is no member cluster nowhere',
        },
      },
    });
  });
});
