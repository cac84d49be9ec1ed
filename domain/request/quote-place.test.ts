import { describe, expect, it } from 'vitest';
import type { Allocation, InformationSystem, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { byName, cluster, machineItem, pool, system } from '../testing/city.ts';
import { allocation, change, quotePicture, request } from '../testing/requests.ts';
import { type QuotePicture, quoteRequest } from './quote.ts';

/** The chosen pool, or the codes of why there is none. */
function outcome(more: Partial<QuotePicture>): string | readonly string[] {
  const result = quoteRequest(quotePicture(more));
  return result.ok ? (result.quote.pool ?? []) : [...new Set(result.reasons.map(({ code }) => code))];
}

function systemWith(spec: Partial<InformationSystem['spec']>): InformationSystem {
  const it = system();
  return { ...it, spec: { ...it.spec, ...spec } };
}

const DB = allocation({ pool: 'extranet-amd64' }, undefined, { name: 'db', uid: 'uid-db' });
const apartFrom = (...names: string[]) => request({ apartFrom: names });
const recoveryOf = (spec: Partial<ResourceRequest['spec']> = {}) => request({ recoveryOf: ['db'], ...spec });

describe('where a request may stand', () => {
  it('is a Xinchuang pool, for a system that needs one', () => {
    const pools = [pool('extranet-amd64'), pool('extranet-arm64', { arch: 'arm64', xinchuang: true })];
    expect(outcome({ pools })).toBe('extranet-amd64');
    expect(outcome({ pools, system: systemWith({ xinchuang: true }) })).toBe('extranet-arm64');
    expect(outcome({ system: systemWith({ xinchuang: true }) })).toEqual(['E_POOL_XINCHUANG', 'E_POOL_ZONE']);
  });

  it('is a zone that may hold data of the system’s class, unless it is given back', () => {
    const member = cluster('member-extranet', 'extranet');
    const clusters = byName([
      { ...member, spec: { ...member.spec, maxDataClass: 'internal' as const } },
      cluster('member-internet', 'internet'),
    ]);
    expect(outcome({ clusters, system: systemWith({ dataClass: 'internal' }) })).toBe('extranet-amd64');
    const sensitive = { clusters, system: systemWith({ dataClass: 'sensitive' }) };
    expect(outcome(sensitive)).toContain('E_POOL_DATA_CLASS');
    const standing = { target: allocation(), ...sensitive };
    expect(outcome({ request: change('Resize'), ...standing })).toContain('E_POOL_DATA_CLASS');
    expect(outcome({ request: change('Release'), ...standing })).toBe('extranet-amd64');
  });

  it('is where the image that was chosen runs', () => {
    const { parameters } = machineItem().spec;
    const os = {
      name: 'os',
      title: { zh: '系统' },
      type: 'string' as const,
      required: false,
      values: ['openeuler', 'kirin-arm'],
      valueArchs: [{ value: 'kirin-arm', archs: ['arm64' as const] }],
    };
    const items = byName([machineItem({ parameters: [...parameters, os] })]);
    const [web] = request().spec.lines;
    const asking = (value: string) =>
      request({ lines: web ? [{ ...web, parameters: { ...web.parameters, os: value } }] : [] });
    expect(outcome({ items, request: asking('openeuler') })).toBe('extranet-amd64');
    expect(outcome({ items, request: asking('kirin-arm') })).toBe('extranet-arm64');
  });

  it('is a node large enough for one unit, be the sum of them as large as it may', () => {
    const member = cluster('member-extranet', 'extranet');
    const seen = (vcpu: string) =>
      byName([
        {
          ...member,
          status: {
            ...member.status,
            nodes: [{ arch: 'amd64' as const, count: 9, largest: [{ vcpu, memory: '64Gi' }] }],
          },
        },
        cluster('member-internet', 'internet'),
      ]);
    const items = byName([machineItem({ onOneNode: true })]);
    expect(outcome({ items, clusters: seen('4') })).toBe('extranet-amd64');
    // What is not known of the other pool's nodes refuses nothing.
    expect(outcome({ items, clusters: seen('2') })).toBe('extranet-arm64');
    expect(outcome({ items, clusters: seen('2'), request: request({ arch: 'amd64' }) })).toContain(
      'E_POOL_NODE',
    );
    // What stands is kept or made smaller whatever nodes there are now; another unit of it needs one.
    const [web] = request().spec.lines;
    const resized = (quantity: number, cores: number) =>
      outcome({
        items,
        clusters: seen('1'),
        target: allocation(),
        request: change('Resize', {
          lines: web ? [{ ...web, quantity, parameters: { ...web.parameters, vcpu: cores } }] : [],
        }),
      });
    expect(resized(2, 2)).toBe('extranet-amd64');
    expect(resized(1, 4)).toBe('extranet-amd64');
    expect(resized(3, 2)).toContain('E_POOL_NODE');
    expect(resized(1, 8)).toContain('E_POOL_NODE');
  });

  it.each<[string, ResourceRequest, readonly Allocation[], string | readonly string[]]>([
    ['another pool than it is to be apart from', apartFrom('db'), [DB], 'extranet-arm64'],
    [
      'anywhere, apart from what stands in another zone',
      apartFrom('db'),
      [{ ...DB, spec: { ...DB.spec, pool: 'internet-amd64' } }],
      'extranet-amd64',
    ],
    ['another zone than what it recovers', recoveryOf(), [DB], ['E_POOL_RECOVERY', 'E_POOL_ZONE']],
    ['there, when that is the zone asked for', recoveryOf({ zone: 'internet' }), [DB], 'internet-amd64'],
    ['nowhere, apart from what is not there', apartFrom('db', 'lost'), [DB], ['E_NEIGHBOUR_UNKNOWN']],
    [
      'nowhere, apart from what is another system’s',
      apartFrom('db'),
      [{ ...DB, spec: { ...DB.spec, system: 'other' } }],
      ['E_NEIGHBOUR_UNKNOWN'],
    ],
    [
      'nowhere, apart from what is given back',
      apartFrom('db'),
      [{ ...DB, spec: { ...DB.spec, released: true } }],
      ['E_NEIGHBOUR_UNKNOWN'],
    ],
  ])('is %s', (_, asked, neighbours, expected) => {
    expect(outcome({ request: asked, neighbours })).toEqual(expected);
  });
});
