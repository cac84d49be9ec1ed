import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { MemberCluster, Quota, UsageFinding } from '../api/v1alpha1/index.ts';
import type { Lifetime } from '../kube/lifetime.ts';
import { ManualClock } from './runtime/testing.ts';
import {
  credentialsLook,
  findingsLook,
  lookAgain,
  membersLook,
  quotasLook,
  reviewRulesLook,
  shownCredentials,
} from './vitals.ts';

const log = pino({ level: 'silent' });
/** What a registry has, without help. */
const valuesOf = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('looks are taken at once and again, also after one that failed, until the signal aborts', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  let taken = 0;
  const running = lookAgain(
    [
      async () => {
        taken += 1;
        if (taken === 1) throw new Error('nothing to be seen');
      },
    ],
    { clock, log },
    stop.signal,
  );
  for (const count of [1, 2, 3]) {
    await expect.poll(() => clock.pending).toBe(1);
    expect(taken).toBe(count);
    clock.advance(5_000);
  }
  await expect.poll(() => clock.pending).toBe(1);
  stop.abort();
  await running;
  expect(clock.pending).toBe(0);
});

test('a member is ready by its condition alone, and gone when it is', async () => {
  const registry = new Registry();
  const member = (name: string, status?: string) =>
    ({
      metadata: { name },
      ...(status === undefined ? {} : { status: { conditions: [{ type: 'Ready', status }] } }),
    }) as unknown as MemberCluster;
  let members = [member('a', 'True'), member('b', 'False'), member('c')];
  const look = membersLook(registry, () => members);
  await look();
  expect(await valuesOf(registry)).toEqual([
    'govcloud_member_ready{cluster="a"} 1',
    'govcloud_member_ready{cluster="b"} 0',
    'govcloud_member_ready{cluster="c"} 0',
  ]);
  members = [member('b', 'True')];
  await look();
  expect(await valuesOf(registry)).toEqual(['govcloud_member_ready{cluster="b"} 1']);
});

test('quotas are counted by the worst that is true of them', async () => {
  const registry = new Registry();
  const of = (...types: readonly string[]) =>
    ({ status: { conditions: types.map((type) => ({ type, status: 'True' })) } }) as unknown as Quota;
  const look = quotasLook(registry, () => [of('Overdrawn', 'AboveSoft'), of('AboveSoft'), of(), {} as Quota]);
  await look();
  expect(await valuesOf(registry)).toEqual([
    'govcloud_quotas{standing="overdrawn"} 1',
    'govcloud_quotas{standing="above_soft"} 1',
    'govcloud_quotas{standing="within"} 2',
  ]);
});

test('findings are counted by where they stand, and by whether somebody is late', async () => {
  const registry = new Registry();
  const finding = (state?: string, overdue?: string) =>
    ({
      spec: { finding: 'Idle' },
      ...(state === undefined
        ? {}
        : { status: { state, conditions: [{ type: 'Overdue', status: overdue }] } }),
    }) as unknown as UsageFinding;
  let all = [finding(), finding('Open', 'False'), finding('Upheld', 'True')];
  const look = findingsLook(registry, () => all);
  await look();
  expect(await valuesOf(registry)).toEqual([
    'govcloud_usage_findings{finding="Idle",state="Open",overdue="false"} 2',
    'govcloud_usage_findings{finding="Idle",state="Upheld",overdue="true"} 1',
  ]);
  all = [];
  await look();
  expect(await valuesOf(registry)).toEqual([]);
});

test('nothing is said of what a credential does not say, nor of one that is gone', async () => {
  const registry = new Registry();
  let lifetimes: Record<string, Lifetime | undefined> = {
    hub: { from: 1_000, until: 61_000 },
    ageless: { until: 5_000 },
    endless: undefined,
  };
  const look = credentialsLook(registry, async () => lifetimes);
  await look();
  expect(await valuesOf(registry)).toEqual([
    'govcloud_credential_issued_timestamp_seconds{credential="hub"} 1',
    'govcloud_credential_expiry_timestamp_seconds{credential="hub"} 61',
    'govcloud_credential_expiry_timestamp_seconds{credential="ageless"} 5',
  ]);
  expect(shownCredentials(lifetimes)).toEqual([
    { opens: 'hub', from: '1970-01-01T00:00:01.000Z', until: '1970-01-01T00:01:01.000Z' },
    { opens: 'ageless', until: '1970-01-01T00:00:05.000Z' },
  ]);
  lifetimes = {};
  await look();
  expect(await valuesOf(registry)).toEqual([]);
});

test('nothing is said of a rule that cannot be read', async () => {
  const registry = new Registry();
  const rules = reviewRulesLook(registry, ['a', 'b', 'c'], async (rule) => {
    if (rule === 'c') throw new Error('no answer');
    return rule === 'a';
  });
  await expect(rules()).rejects.toThrow('no answer');
  expect(await valuesOf(registry)).toEqual([
    'govcloud_review_rule_intact{rule="a"} 1',
    'govcloud_review_rule_intact{rule="b"} 0',
  ]);
});
