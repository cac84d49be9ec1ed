import { expect, it } from 'vitest';
import type { QuotaBalance } from '../../api/reports/index.ts';
import { limitedScopes } from '../../domain/quota/accounts.ts';
import { limitsIn } from './quote.ts';

const NONE = { vcpu: '0', memory: '0', ssd: '0', hdd: '0' };

const row = (more: Partial<QuotaBalance> & Pick<QuotaBalance, 'holderKind' | 'holder'>): QuotaBalance => ({
  metadata: { name: 'row' },
  zone: '*',
  arch: '*',
  hard: NONE,
  posted: NONE,
  pending: NONE,
  free: NONE,
  parts: [],
  ...more,
});

it('limits are those that a quota sets now, and not what the books keep of one that is gone', () => {
  const { parts: _, ...gone } = row({ holderKind: 'organisation', holder: 'luhe', zone: 'extranet' });
  const report = [
    row({ holderKind: 'organisation', holder: 'luhe' }),
    gone,
    row({ holderKind: 'system', holder: 'luhe/portal', zone: 'extranet', arch: 'arm64' }),
  ];
  expect([...limitedScopes(limitsIn(report))]).toEqual([
    'organisation/luhe/*/*',
    'system/luhe/portal/extranet/arm64',
  ]);
});
