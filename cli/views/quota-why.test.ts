import { expect, it } from 'vitest';
import { Reader } from '../output/reader.ts';
import type { AccountWhy } from '../services/quota-why.ts';
import { quotaWhyPage } from './quota-why.ts';

const account: AccountWhy = {
  account: 'organisation/luhe/extranet/*/vcpu',
  holder: 'luhe',
  zone: 'extranet',
  arch: '*',
  resource: 'vcpu',
  hard: '100',
  posted: '70',
  pending: '20',
  free: '10',
  soft: '80',
  parts: [],
  takers: [],
  unseen: '0',
  giver: { code: 'shanwei', name: { zh: '汕尾市' } },
};

function page(more: Partial<AccountWhy> = {}): string {
  return quotaWhyPage([{ ...account, ...more }], new Reader('en', '2026-11-28T00:00:00Z')).join('\n');
}

it('tells that an account is beyond its soft limit, or else its limit', () => {
  expect(page()).toMatch(/STANDING +above soft/);
  expect(page({ soft: '90' })).not.toContain('STANDING');
  expect(page({ free: '-5', hard: '85' })).toMatch(/STANDING +overdrawn/);
});

it('tells by which commands more is asked for and given', () => {
  const commands = (more: Partial<AccountWhy> = {}) => page(more).match(/govcloud .*/g);
  const { giver: _, ...top } = account;
  expect(commands()).toEqual([
    'govcloud request quota --quota-zone extranet --vcpu …',
    'govcloud quota set luhe --zone extranet --vcpu …',
  ]);
  // What an organisation gives to its systems it changes itself.
  expect(
    commands({ account: 'system/luhe/portal/*/arm64/vcpu', holder: 'luhe/portal', zone: '*', arch: 'arm64' }),
  ).toEqual(['govcloud quota set luhe/portal --arch arm64 --vcpu …']);
  expect(quotaWhyPage([top], new Reader('zh', '2026-11-28T00:00:00Z')).join()).not.toContain('request quota');
  expect(commands({ account: 'pool/extranet-amd64/extranet/amd64/vcpu' })).toBeNull();
});
