import { describe, expect, it } from 'vitest';
import type { Allocation, ResourceRequest } from '../../api/v1alpha1/index.ts';
import { system } from '../testing/city.ts';
import { allocation, change, request } from '../testing/requests.ts';
import { platformsOf, repeatsOf, type SharedPlatform } from './repeats.ts';

describe('what a request may repeat', () => {
  const told = (it: ResourceRequest, grants: readonly Allocation[], others: readonly ResourceRequest[]) =>
    repeatsOf({ request: it, system: system(), grants, others, platforms: [] }).map(
      ({ code, params }) => `${code} ${String(params['name'])} ${String(params['item'])}`,
    );
  const open = (name: string, phase: NonNullable<ResourceRequest['status']>['phase'], uid = name) =>
    ({ ...request({}, { name, uid }), status: { phase } }) as ResourceRequest;

  it('is what the system has of the same item, or asks for in another request', () => {
    const it = request({}, { name: 'new', uid: 'new' });
    expect(told(it, [allocation()], [open('req-2', 'InReview'), open('req-3', 'Granted')])).toEqual([
      'E_REPEATS_GRANT req-1-web vm',
      'E_REPEATS_REQUEST req-2 vm',
    ]);
  });

  it('is not itself, what it gave, what is gone, another system’s or another item', () => {
    const it = open('req-1', 'InReview', 'uid-request');
    const allocations = [
      allocation(),
      allocation({ changes: [] }, { state: 'Reclaimed' }),
      allocation({ changes: [], system: 'other' }),
      allocation({ changes: [], item: 'redis' }),
    ];
    expect(told(it, allocations, [it])).toEqual([]);
    expect(told(change('Resize'), [allocation({ changes: [] })], [])).toEqual([]);
  });
});

describe('a shared platform', () => {
  const platform = (zh: string, en: string, aliases?: string[]): SharedPlatform => ({
    id: 'platform',
    name: { zh, en },
    ...(aliases ? { aliases } : {}),
    lead: '441500-zsj',
    layer: '应用支撑层',
    built: true,
    planRow: 'platform 10',
  });
  const IDENTITY = platform('统一身份认证平台', 'Unified identity', ['单点登录']);
  const OPEN_DATA = platform('“开放广东”平台', 'Open Guangdong platform');
  const CREDIT = platform('社会信用公共平台', 'Public credit platform');
  // Of which nothing is left without the words that people leave away.
  const NAMELESS = platform('公共平台', 'The platform of all platforms', ['“ ”']);

  const named = (reason: string, zh = '门户', it = request({ reason })) => {
    const registered = system();
    const spec = { ...registered.spec, name: { zh } };
    return repeatsOf({
      request: it,
      system: { ...registered, spec },
      grants: [],
      others: [],
      platforms: [IDENTITY, OPEN_DATA, CREDIT, NAMELESS],
    }).map(({ code, params }) => [code, (params['platform'] as { zh: string }).zh, params['lead']]);
  };

  it.each([
    ['建设本单位统一身份认证系统', IDENTITY],
    ['建设 统一 身份认证', IDENTITY],
    ['做单点登录', IDENTITY],
    ['a UNIFIED Identity of our own', IDENTITY],
    ['ＵＮＩＦＩＥＤ ｉｄｅｎｔｉｔｙ', IDENTITY],
    ['对接开放广东', OPEN_DATA],
    ['县级社会信用平台', CREDIT],
  ])('is named where a request is for the same: %s', (reason, { name, lead }) => {
    expect(named(reason)).toEqual([['E_REPEATS_PLATFORM', name.zh, lead]]);
  });

  it('is named where the system is called like it', () => {
    expect(named('扩容', '陆河县统一身份认证平台')).toHaveLength(1);
    expect(named('扩容')).toEqual([]);
    expect(named('建设信用卡系统')).toEqual([]);
  });

  it('is named of what is new alone', () => {
    expect(named('', '统一身份认证', change('Resize', { reason: '统一身份认证' }))).toEqual([]);
  });

  it('is read from its ConfigMap; a list that cannot be read names none', () => {
    const text = JSON.stringify({ platforms: [IDENTITY] });
    expect(platformsOf({ data: { 'platforms.yaml': text } })).toEqual([IDENTITY]);
    for (const text of ['platforms: [', 'platforms: 1', 'platforms: [{}]', ''])
      expect(platformsOf({ data: { 'platforms.yaml': text } })).toEqual([]);
    for (const published of [undefined, {}, { data: {} }]) expect(platformsOf(published)).toEqual([]);
  });
});
