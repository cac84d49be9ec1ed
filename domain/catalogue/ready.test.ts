import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machineItem } from '../testing/city.ts';
import { SEEDED } from '../testing/seed.ts';
import { type AllocationFacts, fromCel, type Json, toCel } from './expressions.ts';
import { isReady, outputsOf } from './render.ts';

const FACTS: AllocationFacts = {
  name: 'web',
  namespace: 'gov-luhe',
  memberNamespace: 'luhe-portal',
  organization: 'luhe',
  system: 'portal',
  item: 'vm',
  quantity: 2,
  revision: 1,
  zone: 'extranet',
  arch: 'amd64',
  pool: 'extranet-amd64',
  suspended: false,
};
const VALUES = { vcpu: 4, memoryGiB: 8, diskGiB: 100 };

const ready = (readyWhen: string | undefined, objects: Record<string, Json[]>) =>
  isReady(machineItem({ readyWhen }).spec, FACTS, VALUES, objects);

describe('what a Secret keeps', () => {
  const login = { kind: 'Secret', metadata: { name: 'login' }, data: { password: 'aHVzaA==' } };

  it('is in no output, and decides nothing', () => {
    const output = { name: 'leak', title: { zh: '泄漏' } };
    for (const value of ['objects.login[0].data.password', "objects.login[0].?data.orValue('')"]) {
      const { spec } = machineItem({ outputs: [{ ...output, value }] });
      let told = '';
      try {
        told = JSON.stringify(outputsOf(spec, FACTS, VALUES, { login: [login] }));
      } catch (error) {
        told = String(error);
      }
      expect(told).not.toContain('aHVzaA');
    }
    expect(ready("objects.login[0].data.password.startsWith('a')", { login: [login] })).toBe(false);
    expect(ready("objects.login[0].metadata.name == 'login'", { login: [login] })).toBe(true);
  });
});

describe('isReady', () => {
  const machine = (isUp: boolean): Json => ({
    metadata: { name: 'm' },
    status: { ready: isUp, replicas: 2 },
  });

  it.each<[string, string | undefined, Record<string, Json[]>, boolean]>([
    [
      'all machines up',
      'objects.machine.all(m, m.status.ready)',
      { machine: [machine(true), machine(true)] },
      true,
    ],
    [
      'one machine down',
      'objects.machine.all(m, m.status.ready)',
      { machine: [machine(true), machine(false)] },
      false,
    ],
    [
      'a machine without status yet',
      'objects.machine.all(m, m.status.ready)',
      { machine: [{ metadata: {} }] },
      false,
    ],
    ['a template that made nothing yet', 'size(objects.machine) == 2', { machine: [] }, false],
    ['a template that is not there', 'size(objects.disk) == 0', { machine: [] }, false],
    [
      'integers of the API server',
      'objects.machine[0].status.replicas == 2',
      { machine: [machine(true)] },
      true,
    ],
    ['what the allocation says', 'size(objects.machine) == allocation.quantity', { machine: [1, 2] }, true],
    ['what the parameters say', 'params.vcpu == 4', {}, true],
    ['an answer that is no truth', "'true'", {}, false],
    ['no question at all', undefined, {}, false],
  ])('%s', (_, readyWhen, objects, expected) => {
    expect(ready(readyWhen, objects)).toBe(expected);
  });
});

describe('outputsOf', () => {
  const outputs = (value: string, objects: Record<string, Json[]> = {}) =>
    outputsOf(
      machineItem({ outputs: [{ name: 'host', title: { zh: '主机', en: 'Host' }, value }] }).spec,
      FACTS,
      VALUES,
      objects,
    );

  it('tells what was found', () => {
    const service: Json = { spec: { clusterIP: '10.0.0.1', ports: [{ port: 5432 }] } };
    const value = "objects.service[0].spec.clusterIP + ':' + string(objects.service[0].spec.ports[0].port)";
    expect(outputs(value, { service: [service] })).toEqual([
      { name: 'host', title: '主机 / Host', value: '10.0.0.1:5432' },
    ]);
  });

  it('refuses what is not there', () => {
    const missing = () => outputs('objects.service[0].spec.clusterIP', { service: [] });
    expect(missing).toThrowError(expect.objectContaining({ code: 'E_ITEM_EXPRESSION' }));
  });
});

describe('JSON and CEL', () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

  it('come back as they went, integers as CEL ints', () => {
    fc.assert(
      fc.property(json, (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        expect(fromCel(toCel(plain))).toEqual(plain);
      }),
      SEEDED,
    );
    expect(toCel({ a: [1, 1.5, '1'] })).toEqual({ a: [1n, 1.5, '1'] });
  });

  it.each([
    2n ** 53n,
    -(2n ** 53n),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    new Uint8Array(1),
    new Date(0),
  ])('does not take %s for JSON', (value) => {
    expect(() => fromCel({ deep: [value] })).toThrowError(RangeError);
  });
});
