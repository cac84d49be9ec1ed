import { describe, expect, it } from 'vitest';
import { GovError, reason, reasonText } from './errors.ts';

describe('a reason', () => {
  const why = reason('E_ITEM_PRICE', { item: 'vm', date: '2026-01-01' }, 'spec.lines[web]');

  it('is data that nobody changes, said in each reader’s language', () => {
    expect(Object.isFrozen(why)).toBe(true);
    expect(why).toEqual({
      code: 'E_ITEM_PRICE',
      params: { item: 'vm', date: '2026-01-01' },
      where: 'spec.lines[web]',
    });
    expect(reasonText(why, 'zh')).toBe('目录项 vm 在 2026-01-01 没有价格');
    expect(reasonText(why, 'en')).toBe('item vm has no price on 2026-01-01');
    expect(reason('E_FLOW_MISSING')).toEqual({ code: 'E_FLOW_MISSING', params: {} });
  });
});

describe('GovError', () => {
  it('carries every reason, is known by the first, and says all of them', () => {
    const error = new GovError(
      reason('E_ITEM_PRICE', { item: 'vm', date: '2026-01-01' }),
      reason('E_FLOW_MISSING'),
    );
    expect(error.code).toBe('E_ITEM_PRICE');
    expect(error.reasons.map(({ code }) => code)).toEqual(['E_ITEM_PRICE', 'E_FLOW_MISSING']);
    expect(error.message.split('\n')).toHaveLength(2);
    expect(error.message).toMatch(/^E_ITEM_PRICE: 目录项 vm .* \/ item vm .*\nE_FLOW_MISSING: /);
    expect(error).toBeInstanceOf(Error);
  });

  it('is not made with a hole in its sentence', () => {
    expect(() => new GovError(reason('E_ITEM_PRICE', { item: 'vm' }))).toThrowError(/lacks parameter date/);
  });
});
