import { expect, test } from 'vitest';
import { parseSystems } from './systems.ts';

const header = '标识,名称,所属组织,层级,等保级别,数据分级,用户数,部署,联系人,电话,备案号,涉密'.split(',');
const good = 'portal,政务门户,441500-wjj,市级统建,2,公开,5000,规划中,王强,0660-1,粤A-1,否'.split(',');

test('a good row becomes a system in its organisation’s namespace', () => {
  const { systems, problems } = parseSystems([header, good]);
  expect(problems).toEqual([]);
  expect(systems).toMatchObject([
    {
      row: 2,
      system: {
        metadata: { name: 'portal', namespace: 'gov-441500-wjj' },
        spec: {
          name: { zh: '政务门户' },
          classified: false,
          level: 'city',
          mlps: { level: 2, filing: '粤A-1' },
          hosting: 'planned',
        },
      },
    },
  ]);
});

test('a classified row is refused by its number alone', () => {
  const secret = good.with(1, '某某绝密系统');
  const marked = good.with(1, '指挥平台').with(11, '是');
  const { systems, problems } = parseSystems([header, secret, marked, good]);
  expect(systems.map(({ row }) => row)).toEqual([4]);
  expect(problems.map(({ code, where }) => [code, where])).toEqual([
    ['E_SYSTEM_CLASSIFIED', '2'],
    ['E_SYSTEM_CLASSIFIED', '3'],
  ]);
  expect(JSON.stringify(problems)).not.toMatch(/某某|指挥/);
});

test('every bad cell is named, and the good rows stay', () => {
  const bad = good.with(4, '7').with(5, '绝对公开').with(8, '');
  const { systems, problems } = parseSystems([header, bad, [], good]);
  expect(systems.map(({ row }) => row)).toEqual([4]);
  expect(problems.map(({ where }) => where)).toEqual(['E2', 'I2', 'F2']);
});

test('a missing column is named', () => {
  const { systems, problems } = parseSystems([header.filter((name) => name !== '等保级别'), good]);
  expect(systems).toEqual([]);
  expect(problems).toMatchObject([{ code: 'E_SYSTEM_COLUMN', where: '1' }]);
});
