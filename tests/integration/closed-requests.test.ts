import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resourceOf } from '../../api/kind.ts';
import { ResourceRequest } from '../../api/v1alpha1/index.ts';
import { closedRequest } from '../../books/requests.ts';
import { govcloud } from '../e2e/cli-run.ts';
import { SmallCity } from '../support/city.ts';
import {
  accept,
  approve,
  grantedBy,
  inReview,
  machines,
  type StoredRequest,
  type Wish,
} from '../support/people.ts';

/** Closed requests leave the hub when their time is up, and stay readable from the books. */

const REQUESTS = resourceOf(ResourceRequest);

let city: SmallCity;

beforeAll(async () => {
  city = await SmallCity.start();
});

afterAll(() => city?.stop());

async function cli(person: string, ...args: string[]): Promise<string> {
  const env = { KUBECONFIG: join(city.home.dir, 'kubeconfig'), LANG: 'en_US.UTF-8' };
  const { exit, stdout, stderr } = await govcloud(['--context', person, ...args], { env });
  expect([args, exit, stderr]).toEqual([args, 0, '']);
  return stdout;
}

const inHub = async () => {
  const { items } = await city.hub.client.list(REQUESTS);
  return items.map(({ metadata }) => metadata.name).sort();
};

async function closed(request: StoredRequest): Promise<StoredRequest> {
  await city.until('the books have a copy', async () => {
    return (await closedRequest(city.books, { uid: request.metadata.uid })) !== undefined;
  });
  return city.get(ResourceRequest, request.metadata);
}

it('they are kept for a time, then deleted, and show and list still answer', async () => {
  const ops = await city.person('wjj-ops');
  const wish: Wish = { action: 'Provision', lines: [machines(1)] };
  const used = await ops.submit(wish, 'used');
  await approve(city, used);
  const [allocation] = await grantedBy(city, used);
  if (!allocation) throw new Error('nothing was granted');
  const [withdrawn, open, unaccepted] = await Promise.all([
    ops.submit(wish, 'withdrawn'),
    ops.submit(wish, 'open'),
    ops.submit(wish, 'unaccepted'),
  ]);
  await city.seen(ResourceRequest, withdrawn.metadata, inReview);
  await ops.withdraw(withdrawn);
  await approve(city, unaccepted);
  await grantedBy(city, unaccepted);
  await city.seen(ResourceRequest, open.metadata, inReview);
  await accept(city, allocation);
  const { status } = await closed(used);
  await closed(withdrawn);
  const serial = status?.serial ?? '';

  expect(await inHub()).toEqual(['open', 'unaccepted', 'used', 'withdrawn']);

  await city.kill();
  await city.startOperator('operator', { GOVCLOUD_RESYNC_SECONDS: '1', GOVCLOUD_CLOSED_SECONDS: '1' });
  await city.until('the closed ones are gone', async () => {
    return (await inHub()).join() === 'open,unaccepted';
  });

  const page = await cli('wjj-ops', 'request', 'show', serial);
  expect(page).toContain(serial);
  expect(page).toMatch(/State +In use/);
  expect(await cli('wjj-ops', 'request', 'show', 'used')).toBe(page);
  expect(await cli('wjj-ops', 'request', 'list')).not.toContain(serial);
  const list = (await cli('wjj-ops', 'request', 'list', '--closed', '-o', 'name')).trimEnd().split('\n');
  expect(list.map((it) => it.split('/')[1]).sort()).toEqual(['used', 'withdrawn']);
  const everywhere = await cli('approver', 'request', 'list', '-A', '--closed', '--state', 'Withdrawn');
  expect(everywhere).toMatch(/gov-441500-wjj .*withdrawn/);
  expect(everywhere).not.toContain(serial);
  const whole = JSON.parse(await cli('wjj-ops', 'request', 'show', serial, '-o', 'json')) as StoredRequest;
  expect(whole).toMatchObject({
    apiVersion: 'govcloud.dev/v1alpha1',
    kind: 'ResourceRequest',
    metadata: { name: 'used', uid: used.metadata.uid, creationTimestamp: used.metadata.creationTimestamp },
    spec: used.spec,
  });

  // What was granted goes on without its request, and a new one of the same name is another request.
  const again = await ops.submit(wish, 'used');
  await city.seen(ResourceRequest, again.metadata, inReview);
  expect((await city.get(ResourceRequest, again.metadata)).status?.serial).not.toBe(serial);
  const resized = await ops.submitChange(allocation, { action: 'Resize', lines: [machines(2)] });
  await approve(city, resized);
  await grantedBy(city, resized);
  await city.verifyBooks();
}, 300_000);
