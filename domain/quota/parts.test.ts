import { expect, it } from 'vitest';
import type { Quota } from '../../api/v1alpha1/index.ts';
import { partsFrom, settingQuotas } from './parts.ts';

function quota(name: string, spec: Partial<Quota['spec']> = {}, namespace = 'gov-shanwei'): Quota {
  return {
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'Quota',
    metadata: { name, namespace, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { child: { organization: name }, limits: { vcpu: '10' }, basis: '文号', ...spec },
  };
}

const loan = (name: string, borrower: string, vcpu: string, from: string, until: string) => ({
  name,
  borrower,
  limits: { vcpu },
  from,
  until,
  basis: '文号',
});

const LUHE = quota('luhe', {
  grants: [{ name: 'census', limits: { vcpu: '2' }, from: '2026-12-01', basis: '普查' }],
  loans: [
    loan('over', 'haifeng', '1', '2026-01-01', '2026-10-31'),
    loan('flood', 'haifeng', '4', '2026-11-01', '2026-11-30'),
  ],
});

it('tells what a limit is changed by, on either side of a loan, and not what is over', () => {
  const setting = settingQuotas([LUHE, quota('haifeng')]);
  const told = (path: string, day: string) => {
    const of = setting.get(path);
    if (!of) throw new Error(`no quota ${path}`);
    return partsFrom(of, day).map(({ kind, name, other, counts, until }) =>
      [kind, name, other, counts, until].join(' '),
    );
  };
  expect(told('organisation/luhe/*/*', '2026-11-30')).toEqual([
    'lent flood haifeng true 2026-11-30',
    'grant census  false ',
  ]);
  expect(told('organisation/haifeng/*/*', '2026-11-30')).toEqual(['borrowed flood luhe true 2026-11-30']);
  expect(told('organisation/haifeng/*/*', '2026-12-01')).toEqual([]);
});

it('knows the quotas that set limits, each beside those of its giver alone', () => {
  const second = { ...quota('second'), spec: { ...LUHE.spec } };
  const gone = quota('gone');
  const going = { ...gone, metadata: { ...gone.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' } };
  const town = quota('hetian', {}, 'gov-luhe');
  const setting = settingQuotas([LUHE, second, going, town]);
  expect(
    [...setting].map(([path, { beside }]) => [path, beside.map(({ metadata }) => metadata.name)]),
  ).toEqual([
    ['organisation/luhe/*/*', ['luhe']],
    ['organisation/hetian/*/*', ['hetian']],
  ]);
});
